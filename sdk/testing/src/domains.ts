// The domains put together: what happens in one is told to the connections it concerns, and to the others. Nothing is
// decided here but who is told.

import type { Clock, ServerFrame } from "@tutti/client";
import { Channels } from "./channels";
import { type ChatEvent, ChatState } from "./chat/state";
import type { Connection } from "./connections/connection";
import { Hub } from "./connections/hub";
import { Directory } from "./directory";
import type { Ids } from "./ids";
import { type Namespace, Namespaces } from "./namespaces";
import { PresenceBook } from "./presence";
import { type Operation, type Rate, Rates } from "./rates";
import { TypingBook } from "./typing";

/** What domains need to know beside the clock. */
export interface DomainOptions {
  graceMs: number;
  namespaces: Readonly<Record<string, Partial<Namespace>>> | undefined;
  rates: Readonly<Partial<Record<Operation, Rate>>>;
}

export class Domains {
  readonly hub = new Hub();
  readonly directory = new Directory();
  readonly chat: ChatState;
  readonly presence: PresenceBook;
  readonly typing: TypingBook;
  readonly channels: Channels;
  readonly rates: Rates;
  readonly names = (user: string): string | null => this.directory.nameOf(user);

  constructor(readonly clock: Clock, readonly ids: Ids, options: DomainOptions) {
    this.chat = new ChatState(clock, ids, {
      happened: (event) => this.hub.tellUsers(event.audience, chatFrame(event), event.except),
      left: (user, others) => this.#partStrangers(user, others),
    });
    this.presence = new PresenceBook(clock, options.graceMs, (change) => this.hub.tellFollowers(change.user_id, { type: "presence", ...change }));
    this.typing = new TypingBook(clock, (change, except) => {
      const members = this.chat.rooms.get(change.conversation_id)?.seats.keys() ?? [];
      this.hub.tellUsers([...members], { type: "typing", ...change }, except);
    });
    this.channels = new Channels(clock, ids, new Namespaces(clock, options.namespaces), {
      published: (listeners, channel, { offset, ...said }, except) => this.hub.tell(listeners, { type: "publication", channel, ...said, offset }, except),
      member: (type, listeners, channel, user_id, except) => this.hub.tell(listeners, { type, channel, user_id }, except),
    });
    this.rates = new Rates(clock, options.rates);
  }

  /** A session begins. */
  joined(connection: Connection, user: string): void {
    this.hub.add(connection);
    this.presence.connected(user, connection.id);
  }

  /** A session ended. */
  left(connection: Connection, user: string, goodbye: boolean): void {
    this.hub.remove(connection);
    this.channels.disconnected(connection.id);
    this.presence.disconnected(user, connection.id, goodbye);
    if (!this.presence.isConnected(user)) this.typing.stopAll(user);
  }

  /** What is live ends without a word: the server goes. The sessions are to be ended next. */
  stop(): void {
    this.channels.clear();
    this.typing.clear();
  }

  /** Who no longer shares a conversation with somebody no longer follows their presence. */
  #partStrangers(user: string, others: readonly string[]): void {
    const known = this.chat.acquainted(user, others);
    this.hub.part(user, others.filter((other) => !known.includes(other)));
  }
}

/** A durable push: what happened, and its place. */
export function chatFrame(event: ChatEvent): ServerFrame {
  return { ...event.body(), event_id: event.id, offset: event.offset };
}

