// Notices a connection that died without a word: browsers hide WebSocket pings, so this asks on the application's level.
// Leaves to the machine what a silent connection leads to.

import { type Clock, Timer } from "./clock";

export const SILENCE_MS = 25_000;
export const ANSWER_MS = 10_000;
/** A connection that is never silent is asked too, for its latency changes. */
export const MEASURE_MS = 60_000;

export interface LivenessOptions {
  clock: Clock;
  ping: () => void;
  lost: () => void;
}

export class Liveness {
  readonly #timer: Timer;
  #lastHeard = 0;
  #askedAt = 0;
  #waiting = false;

  constructor(private readonly options: LivenessOptions) {
    this.#timer = new Timer(options.clock);
  }

  /** Begins with a ping, which measures the round trip. */
  start(): void {
    this.#lastHeard = this.options.clock.now();
    this.ask();
  }

  stop(): void {
    this.#timer.stop();
    this.#waiting = false;
  }

  /** Any frame is a sign of life. The timer is not touched: it looks at the time when it is due. */
  heard(): void {
    this.#lastHeard = this.options.clock.now();
  }

  ask(): void {
    this.#askedAt = this.options.clock.now();
    this.#waiting = true;
    this.#timer.set(ANSWER_MS, () => this.#judge());
    this.options.ping();
  }

  #judge(): void {
    if (this.#waiting && this.#lastHeard < this.#askedAt) return this.options.lost();
    this.#waiting = false;
    const now = this.options.clock.now();
    const left = Math.min(this.#lastHeard + SILENCE_MS, this.#askedAt + MEASURE_MS) - now;
    if (left <= 0) return this.ask();
    this.#timer.set(left, () => this.#judge());
  }
}
