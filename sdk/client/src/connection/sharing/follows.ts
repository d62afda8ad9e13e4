// Whose presence the tabs of one connection follow: the server forgets a user when the last tab does.
// Subscribing goes to the server each time, since only it knows how people are. Leaves the wire to the desk.

import type { ServerFrame } from "../../generated/protocol";
import { chunks } from "../../presence/presence";
import type { Asked, Desk, Tab } from "./desk";

interface Followed {
  readonly users: Set<string>;
  /** Who came by following a conversation, so that they can be named when it is not followed any more. */
  readonly byConversation: Map<string, Set<string>>;
}

export class Follows {
  readonly #tabs = new Map<Tab, Followed>();
  /** Counts what was taken back, to notice that it may have met a request whose users were not known yet. */
  #unfollowed = 0;

  constructor(private readonly desk: Desk) {}

  subscribe(tab: Tab, command: Asked<"presence_subscribe">): void {
    const { conversation_id: conversation } = command;
    if (conversation === undefined) return this.#subscribeUsers(tab, command);
    const before = this.#unfollowed;
    this.desk.forward(tab, command, (reply) => {
      if (reply.type !== "presence_state") return;
      const users = reply.users.map((presence) => presence.user_id);
      this.#note(tab, users, conversation);
      if (!tab.attached) this.leave(tab);
      else if (this.#unfollowed !== before) this.#tellServer("presence_subscribe", users);
    });
  }

  unsubscribe(tab: Tab, command: Asked<"presence_unsubscribe">): void {
    const followed = this.#of(tab);
    const { conversation_id: conversation } = command;
    const users = command.user_ids ?? [...(followed.byConversation.get(conversation ?? "") ?? [])];
    if (conversation !== undefined) followed.byConversation.delete(conversation);
    for (const user of users) followed.users.delete(user);
    const [first, ...rest] = chunks(this.#lonely(users));
    if (first === undefined) return this.desk.answer(tab, command.ref, { type: "presence_state", users: [], next_cursor: null });
    this.#unfollowed++;
    this.desk.forward(tab, { type: "presence_unsubscribe", user_ids: first, ...(command.ref === undefined ? {} : { ref: command.ref }) });
    for (const part of rest) this.#tellServer("presence_unsubscribe", part);
  }

  /** The tab is gone. */
  leave(tab: Tab): void {
    const users = [...(this.#tabs.get(tab)?.users ?? [])];
    this.#tabs.delete(tab);
    const lonely = this.#lonely(users);
    if (lonely.length > 0) this.#unfollowed++;
    this.#tellServer("presence_unsubscribe", lonely);
  }

  #subscribeUsers(tab: Tab, command: Asked<"presence_subscribe">): void {
    const known = this.#of(tab).users;
    const added = (command.user_ids ?? []).filter((user) => !known.has(user));
    // At once, so that another tab's unsubscribing behind it spares them.
    this.#note(tab, added);
    this.desk.forward(tab, command, (reply: ServerFrame) => {
      if (reply.type === "error") for (const user of added) known.delete(user);
    });
  }

  #note(tab: Tab, users: readonly string[], conversation?: string): void {
    const followed = this.#of(tab);
    for (const user of users) followed.users.add(user);
    if (conversation === undefined) return;
    followed.byConversation.set(conversation, new Set([...(followed.byConversation.get(conversation) ?? []), ...users]));
  }

  #of(tab: Tab): Followed {
    const followed = this.#tabs.get(tab) ?? { users: new Set(), byConversation: new Map() };
    this.#tabs.set(tab, followed);
    return followed;
  }

  /** Those whom no tab follows. */
  #lonely(users: readonly string[]): string[] {
    return users.filter((user) => ![...this.#tabs.values()].some((followed) => followed.users.has(user)));
  }

  #tellServer(type: "presence_subscribe" | "presence_unsubscribe", users: readonly string[]): void {
    for (const part of chunks(users)) this.desk.forward(null, { type, user_ids: part });
  }
}
