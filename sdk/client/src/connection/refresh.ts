// Asks for a fresh token before the one in use expires, and shows it to the server over the open connection.
// Leaves to the token source where tokens come from, and to the machine what an expired one leads to.

import type { Log } from "../log";
import { type Clock, LONGEST_TIMER_MS, Timer } from "./clock";
import type { TokenSource } from "./token";

/** Least time between two refreshes: a provider may well give the same token again. */
export const REFRESH_LEAST_MS = 1000;
export const REFRESH_RETRY_MS = 10_000;

export interface TokenRefreshOptions {
  tokens: TokenSource;
  clock: Clock;
  log: Log;
  /** Shows a token to the server; rejects when the server does not take it. */
  show(token: string): Promise<unknown>;
}

export class TokenRefresh {
  readonly #timer: Timer;
  /** Counts sessions, so that an answer to an earlier one is known and dropped. */
  #session = 0;

  constructor(private readonly options: TokenRefreshOptions) {
    this.#timer = new Timer(options.clock);
  }

  start(): void {
    this.#schedule(0);
  }

  stop(): void {
    this.#session++;
    this.#timer.stop();
  }

  #schedule(atLeastMs: number): void {
    const due = this.options.tokens.refreshInMs;
    if (due === null) return;
    if (due > LONGEST_TIMER_MS) this.#timer.set(LONGEST_TIMER_MS, () => this.#schedule(0));
    else this.#timer.set(Math.max(due, atLeastMs), () => this.#refresh());
  }

  #refresh(): void {
    const session = this.#session;
    const again = (atLeastMs: number): void => {
      if (session === this.#session) this.#schedule(atLeastMs);
    };
    this.options.tokens.get(true)
      .then((token) => (session === this.#session ? this.options.show(token) : undefined))
      .then(() => again(REFRESH_LEAST_MS), (error: unknown) => {
        this.options.log.warn("the token could not be renewed", error);
        again(REFRESH_RETRY_MS);
      });
  }
}
