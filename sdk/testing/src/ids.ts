// Ids in the order of their making, the same in every run. Leaves to others what they name.

/** Long enough that no test mistakes one for a count. */
const FIRST = 100_000_000_000;

/** Numbers as decimal strings, each greater than the one before. */
export class Ids {
  #last = FIRST;

  next(): string {
    this.#last += 1;
    return String(this.#last);
  }
}

/** The place of an id in the order; 0 for a text that is none. Like the server, it takes numbers below 2^63. */
export function rank(id: string): number {
  return /^\d{1,19}$/.test(id) && Number(id) < 2 ** 63 ? Number(id) : 0;
}
