// What clients sent, by user, for tests to look at. Bounded: the oldest are forgotten.

import type { Request } from "./wire/requests";

/** Frames and requests that are kept of each user. */
export const MOST_KEPT = 1000;

class Record<T> {
  readonly #byUser = new Map<string, T[]>();

  add(user: string, item: T): void {
    const items = this.#byUser.get(user) ?? [];
    this.#byUser.set(user, items);
    items.push(item);
    if (items.length > MOST_KEPT) items.shift();
  }

  of(user: string): T[] {
    return [...(this.#byUser.get(user) ?? [])];
  }
}

export class Records {
  /** Frames, in the order in which they came. */
  readonly frames = new Record<Request>();
  /** HTTP requests, as `GET /conversations?limit=20`. */
  readonly requests = new Record<string>();
}
