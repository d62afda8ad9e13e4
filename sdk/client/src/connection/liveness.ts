// Notices a connection that died without a word: browsers hide WebSocket pings, so this asks on the application's level.
// Leaves to the machine what a silent connection leads to.

import { type Clock, Timer } from "./clock";

export const SILENCE_MS = 25_000;
export const ANSWER_MS = 10_000;

export interface LivenessOptions {
  clock: Clock;
  ping: () => void;
  lost: () => void;
}

export class Liveness {
  readonly #timer: Timer;
  #lastHeard = 0;
  #askedAt: number | null = null;

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
    this.#askedAt = null;
  }

  /** Any frame is a sign of life. The timer is not touched: it looks at the time when it is due. */
  heard(): void {
    this.#lastHeard = this.options.clock.now();
  }

  ask(): void {
    this.#askedAt = this.options.clock.now();
    this.#timer.set(ANSWER_MS, () => this.#judge());
    this.options.ping();
  }

  #judge(): void {
    if (this.#askedAt !== null && this.#lastHeard < this.#askedAt) return this.options.lost();
    this.#askedAt = null;
    const quietFor = this.options.clock.now() - this.#lastHeard;
    if (quietFor >= SILENCE_MS) return this.ask();
    this.#timer.set(SILENCE_MS - quietFor, () => this.#judge());
  }
}
