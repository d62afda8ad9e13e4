// The newest items of a row, as many as their number and their size allow; and the durable events of a connection kept so.
// Leaves to the hub what is an event, and to channels.ts what is kept of a channel.

import type { ServerFrame } from "../../generated/protocol";

/** A bound: so many items, and so many characters in all. */
export interface Bound {
  items: number;
  chars: number;
}

export class Recent<T> {
  #kept: { item: T; chars: number }[] = [];
  #chars = 0;

  constructor(private readonly bound: Bound) {}

  get items(): T[] {
    return this.#kept.map((kept) => kept.item);
  }

  /** Returns what had to go, oldest first; that may be the new item itself. */
  add(item: T, chars: number): T[] {
    this.#kept.push({ item, chars });
    this.#chars += chars;
    const gone: T[] = [];
    while (this.#kept.length > this.bound.items || this.#chars > this.bound.chars) {
      const oldest = this.#kept.shift();
      if (oldest === undefined) break;
      this.#chars -= oldest.chars;
      gone.push(oldest.item);
    }
    return gone;
  }

  clear(): void {
    this.#kept = [];
    this.#chars = 0;
  }
}

export const EVENTS_BOUND: Bound = { items: 500, chars: 1024 * 1024 };

/** The durable events a connection brought, so that a tab which comes later can be given what followed its position. */
export class EventLog {
  readonly #recent = new Recent<ServerFrame>(EVENTS_BOUND);
  /** Everything after this event is kept; null where that is no event's position. */
  #base: string | null;
  #latest: string;

  /** `start`: the position before the first event. */
  constructor(start: string) {
    this.#base = start;
    this.#latest = start;
  }

  /** The position of the newest event. */
  get latest(): string {
    return this.#latest;
  }

  add(event: ServerFrame, chars: number): void {
    this.#latest = event.event_id ?? this.#latest;
    // What a sibling's reply told has no position: once it is gone, nobody can be sure to have had it.
    for (const gone of this.#recent.add(event, chars)) this.#base = gone.event_id ?? null;
  }

  /** What followed this position, oldest first; null if that is not known. */
  after(position: string): ServerFrame[] | null {
    const events = this.#recent.items;
    if (position === this.#base) return events;
    const at = events.findIndex((event) => event.event_id === position);
    return at < 0 ? null : events.slice(at + 1);
  }
}
