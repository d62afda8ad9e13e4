// How often a user may do what: all of an allowance at once, then it grows back one by one. Leaves what counts as what
// to the commands and routes.

import type { Clock, Command } from "@tutti/client";
import { Refusal } from "./refusal";

/** So many in so long. */
export interface Rate {
  count: number;
  /** Milliseconds. */
  perMs: number;
}

/** What is counted, as the real server's settings name it. */
export type Operation = "frame" | "message" | "edit" | "delete" | "reaction" | "read" | "typing" | "history" | "presence" | "conversation" | "subscribe" | "query";

/** What each command counts as; channels count publications themselves. */
export const OPERATIONS: Readonly<Partial<Record<Command["type"], Operation>>> = {
  message: "message", message_edit: "edit", message_delete: "delete", reaction_add: "reaction", reaction_remove: "reaction", read_receipt: "read",
  typing: "typing", history: "history", presence_set: "presence", presence_subscribe: "presence", presence_unsubscribe: "presence",
  subscribe: "subscribe", unsubscribe: "subscribe",
};

/** One rate, counted by key. */
export class Limiter {
  /** When each key has its whole allowance again. */
  readonly #fullAt = new Map<string, number>();

  constructor(private readonly clock: Clock, private readonly rate: Rate) {}

  /** Counts one; `rate_limited` with the time to wait when it is one too many. */
  check(key: string, message?: string): void {
    const { count, perMs } = this.rate;
    const [now, step] = [this.clock.now(), perMs / count];
    const fullAt = Math.max(now, this.#fullAt.get(key) ?? now) + step;
    const wait = fullAt - now - perMs;
    if (wait > 0) throw new Refusal("rate_limited", message, { retryAfterMs: Math.max(1, Math.ceil(wait)) });
    this.#fullAt.set(key, fullAt);
  }
}

/** The rates that a test asks for; nothing else is bounded, because on a clock that stands still no allowance grows back. */
export class Rates {
  readonly #limiters = new Map<Operation, Limiter>();

  constructor(clock: Clock, rates: Readonly<Partial<Record<Operation, Rate>>>) {
    for (const [operation, rate] of Object.entries(rates) as [Operation, Rate][]) this.#limiters.set(operation, new Limiter(clock, rate));
  }

  /** Counts one of an operation. */
  check(operation: Operation, user: string): void {
    this.#limiters.get(operation)?.check(user);
  }
}
