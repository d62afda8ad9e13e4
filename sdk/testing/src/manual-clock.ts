// A clock that tests turn by hand, and the way to let promises go on meanwhile. Leaves real time alone.

import type { Clock } from "@tutti/client";

interface Timer {
  at: number;
  task: () => void;
}

/** Where a clock stands unless it is told otherwise. */
const START_MS = Date.parse("2026-01-01T00:00:00.000Z");
/** Timers that `runAll` runs at most unless it is told otherwise. */
const MOST_TIMERS = 100;
/** Taken at import, so that fake timers of a test framework do not stop it. */
const realTimeout = globalThis.setTimeout;

/** Lets everything that waits for promises go on. No time passes on any clock of this package. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof MessageChannel === "undefined") return void realTimeout(resolve, 0);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Time that stands still until a test moves it. To be given to `createClient` and to `FakeServer`. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now: number;

  /** `startMs`: milliseconds since 1970; the first of January 2026 by default. */
  constructor(startMs = START_MS) {
    this.#now = startMs;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#now;
  }

  /** Runs `task` when the clock has been moved by `ms`. Returns the way to call it off. */
  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), task };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers are set. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Moves the clock by `ms`. Runs what falls due in its order, and lets promises go on before and after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) await this.#run(next);
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Moves the clock from timer to timer until none is left, or `most` have run: a connected client always has one set.
   * Returns how many ran.
   */
  async runAll(most = MOST_TIMERS): Promise<number> {
    await settle();
    let ran = 0;
    for (let next = this.#next(); next !== undefined && ran < most; next = this.#next()) {
      await this.#run(next);
      ran += 1;
    }
    return ran;
  }

  /** The earliest; of those at the same time the one that was set first. */
  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.at < first.at) first = timer;
    return first;
  }

  async #run(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.task();
    await settle();
  }
}
