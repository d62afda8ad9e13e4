// Who is here and how they are. Leaves who is told to the hub, and who may follow whom to the commands.

import type { Availability, Clock, Presence, PresenceSetOk, SetPresence } from "@tutti/client";
import { invalid, Refusal } from "./refusal";
import { timestamp } from "./time";

interface Here {
  connections: Set<string>;
  chosen: Availability;
  text: string | null;
  /** When the last connection went; of meaning only while there is none. */
  goneAt: number;
  /** Calls off the end of the grace. */
  cancel: () => void;
}

const MAX_TEXT_CHARS = 140;

export class PresenceBook {
  readonly #here = new Map<string, Here>();
  readonly #lastSeen = new Map<string, string>();

  /** `graceMs`: how long a user whose last connection was lost still looks as before. */
  constructor(private readonly clock: Clock, private readonly graceMs: number, private readonly tell: (change: Presence) => void) {}

  connected(user: string, connection: string): void {
    this.#change(user, () => {
      const here = this.#here.get(user) ?? { connections: new Set(), chosen: "online", text: null, goneAt: 0, cancel: () => undefined };
      here.cancel();
      here.connections.add(connection);
      this.#here.set(user, here);
    });
  }

  /** After a goodbye a user is gone at once, else when the grace is over. */
  disconnected(user: string, connection: string, goodbye: boolean): void {
    const here = this.#here.get(user);
    if (here === undefined || !here.connections.delete(connection) || here.connections.size > 0) return;
    here.goneAt = this.clock.now();
    const leave = (): void => this.#change(user, () => void this.#here.delete(user));
    if (goodbye) leave();
    else here.cancel = this.clock.after(this.graceMs, leave);
  }

  isConnected(user: string): boolean {
    return (this.#here.get(user)?.connections.size ?? 0) > 0;
  }

  set(user: string, asked: SetPresence): PresenceSetOk {
    const text = asked.text === undefined || asked.text === "" ? null : asked.text;
    if (text !== null && [...text].length > MAX_TEXT_CHARS) throw invalid("text", `the status text has at most ${MAX_TEXT_CHARS} characters`, MAX_TEXT_CHARS);
    if (text !== null && /\p{Cc}/u.test(text)) throw invalid("text", "the status text has no control characters");
    const here = this.#here.get(user);
    if (here === undefined) throw new Refusal("conflict", "a status can be set only while connected");
    this.#change(user, () => {
      here.chosen = asked.status;
      here.text = text;
    });
    return { status: asked.status, text };
  }

  /** How a user looks to others. */
  of(user: string): Presence {
    const looks = this.#looks(user);
    return looks.status === "offline" ? { ...looks, last_seen_at: this.#lastSeen.get(user) ?? null } : looks;
  }

  /** The server ends, and all connections have ended before: nobody is here any more, and nobody is left to be told. */
  clear(): void {
    for (const [user, here] of this.#here) {
      here.cancel();
      if (here.chosen !== "invisible") this.#lastSeen.set(user, timestamp(here.goneAt));
    }
    this.#here.clear();
  }

  /** Without a time, so that looks can be compared. */
  #looks(user: string): Presence {
    const here = this.#here.get(user);
    if (here === undefined || here.chosen === "invisible") return { user_id: user, status: "offline", text: null, last_seen_at: null };
    return { user_id: user, status: here.chosen, text: here.text, last_seen_at: null };
  }

  #change(user: string, change: () => void): void {
    const [before, here] = [this.#looks(user), this.#here.get(user)];
    const seenAt = here !== undefined && here.connections.size === 0 ? here.goneAt : this.clock.now();
    change();
    const after = this.#looks(user);
    if (before.status === after.status && before.text === after.text) return;
    if (after.status === "offline") this.#lastSeen.set(user, timestamp(seenAt));
    this.tell(this.of(user));
  }
}
