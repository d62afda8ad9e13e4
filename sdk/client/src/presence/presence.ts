// Who is here: following users while somebody looks at them, and saying how one is oneself.
// Leaves the connection to the driver; tells the server anew after every welcome, since it forgets with the connection.

import { type Clock, Timer } from "../connection/clock";
import { asTuttiError, ignorable } from "../errors";
import type { Availability, Command, Presence, ServerFrame } from "../generated/protocol";
import { Handles } from "../handles";
import type { Log } from "../log";
import { Fields, Signal, type Store, Usage } from "../store";

/** How the caller wants to appear to others. */
export interface OwnPresence {
  status: Availability;
  text: string | null;
}

/** Who is here, as far as it is asked for, and how the caller appears. */
export interface PresenceHandle {
  /** Follow users while at least one caller does; re-subscribed after reconnects. */
  follow(userIds: readonly string[]): () => void;
  /** Null until it is known; only followed users become known. */
  of(userId: string): Store<Presence | null>;
  /** Changes how the caller appears to others, with a line of text if there is one. */
  set(status: Availability, text?: string): Promise<void>;
  readonly own: Store<OwnPresence>;
}

export interface PresenceOptions {
  clock: Clock;
  log: Log;
  request(command: Command): Promise<ServerFrame>;
}

/** Calls of `follow` within this time share a frame. */
export const GATHER_MS = 50;
/** Users in one frame. */
export const MOST_IN_FRAME = 100;
const AGAIN_MS = 5000;

/** What is known of one user. In use while somebody watches or follows them. */
class UserPresence implements Store<Presence | null> {
  readonly usage: Usage;
  readonly subscribe: Store<Presence | null>["subscribe"];
  readonly snapshot: () => Presence | null;
  readonly set: (presence: Presence | null) => void;

  constructor(used: (used: boolean) => void) {
    const signal = new Signal<Presence | null>(null);
    this.usage = new Usage(used);
    this.subscribe = this.usage.counting(signal.subscribe);
    this.snapshot = signal.snapshot;
    this.set = (presence) => signal.set(presence);
  }
}

export class PresenceBook implements PresenceHandle {
  readonly #own = new Fields<OwnPresence>({ status: "online", text: null });
  /** Whoever is neither followed nor watched is not kept. */
  readonly #users = new Handles<UserPresence>(0, (_userId, used) => new UserPresence(used));
  readonly #followers = new Map<string, number>();
  /** Whom the server knows this connection to follow. */
  readonly #followed = new Set<string>();
  readonly #timer: Timer;
  #connected = false;
  #chosen = false;

  readonly own: Store<OwnPresence> = this.#own;

  constructor(private readonly options: PresenceOptions) {
    this.#timer = new Timer(options.clock);
  }

  follow(userIds: readonly string[]): () => void {
    const users = new Set(userIds);
    const ends = [...users].map((user) => this.#users.get(user).usage.begin());
    for (const user of users) this.#count(user, 1);
    return () => {
      for (const user of users) this.#count(user, -1);
      for (const end of ends) end();
      users.clear();
    };
  }

  of(userId: string): UserPresence {
    return this.#users.get(userId);
  }

  set(status: Availability, text?: string): Promise<void> {
    const setting = this.options.request({ type: "presence_set", status, ...(text === undefined ? {} : { text }) });
    return ignorable(setting.then(() => {
      this.#chosen = true;
    }));
  }

  receive(frame: ServerFrame): void {
    if (frame.type === "presence") this.#note(frame);
    if (frame.type === "presence_state") frame.users.forEach((presence) => this.#note(presence));
    if (frame.type === "presence_set_ok") this.#own.patch({ status: frame.status, text: frame.text });
  }

  connected(): void {
    this.#connected = true;
    for (const user of this.#followed) if (!this.#followers.has(user)) this.#unfollowed(user);
    this.#followed.clear();
    this.#gather(0);
    if (!this.#chosen) return;
    const { status, text } = this.#own.snapshot();
    void this.set(status, text ?? undefined);
  }

  disconnected(): void {
    this.#connected = false;
    this.#timer.stop();
  }

  /** The end of the session. */
  clear(): void {
    this.disconnected();
    this.#chosen = false;
    this.#own.set({ status: "online", text: null });
    for (const user of this.#users.values()) user.set(null);
  }

  #count(user: string, change: 1 | -1): void {
    const count = (this.#followers.get(user) ?? 0) + change;
    if (count > 0) this.#followers.set(user, count);
    else this.#followers.delete(user);
    if (this.#connected && !this.#timer.running) this.#gather(GATHER_MS);
  }

  #gather(ms: number): void {
    this.#timer.set(ms, () => this.#sync());
  }

  #sync(): void {
    if (!this.#connected) return;
    const added = [...this.#followers.keys()].filter((user) => !this.#followed.has(user));
    const removed = [...this.#followed].filter((user) => !this.#followers.has(user));
    for (const part of chunks(added)) this.#tell("presence_subscribe", part);
    for (const part of chunks(removed)) this.#tell("presence_unsubscribe", part);
    for (const user of added) this.#followed.add(user);
    for (const user of removed) this.#unfollowed(user);
  }

  #tell(type: "presence_subscribe" | "presence_unsubscribe", users: string[]): void {
    this.options.request({ type, user_ids: users }).catch((thrown: unknown) => {
      const error = asTuttiError(thrown);
      if (error.code === "closed") return;
      this.options.log.warn(`${type} failed`, error);
      if (type === "presence_unsubscribe" || !error.retryable) return;
      for (const user of users) this.#followed.delete(user);
      if (this.#connected) this.#gather(error.retryAfterMs ?? AGAIN_MS);
    });
  }

  /** Nothing is heard of this user any more, so what was known is not shown as if it were true. */
  #unfollowed(user: string): void {
    this.#followed.delete(user);
    this.#users.find(user)?.set(null);
  }

  #note(presence: Presence): void {
    if (!this.#followers.has(presence.user_id)) return;
    const { user_id, status, text, last_seen_at } = presence;
    this.#users.find(user_id)?.set({ user_id, status, text, last_seen_at });
  }
}

/** The users, as many in a part as one frame takes. */
export function chunks(users: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let at = 0; at < users.length; at += MOST_IN_FRAME) parts.push(users.slice(at, at + MOST_IN_FRAME));
  return parts;
}
