// A clock that tests turn by hand. Leaves real time alone.

import type { Clock } from "../../src/index";

interface Entry {
  at: number;
  task: () => void;
}

/** Lets everything that waits for promises go on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

export class ManualClock implements Clock {
  #now = Date.parse("2026-01-01T00:00:00.000Z");
  readonly #entries = new Set<Entry>();

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    const entry = { at: this.#now + ms, task };
    this.#entries.add(entry);
    return () => void this.#entries.delete(entry);
  }

  /** Timers that are set. */
  get waiting(): number {
    return this.#entries.size;
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#entries.delete(next);
      this.#now = next.at;
      next.task();
      await settle();
    }
    this.#now = end;
  }

  #due(end: number): Entry | undefined {
    return [...this.#entries].filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
  }
}
