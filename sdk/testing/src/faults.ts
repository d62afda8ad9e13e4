// What is to go wrong, as a test asked for it. Leaves to the edges where they look.

import type { Command, ErrorCode } from "@tutti/client";
import type { HttpRoute } from "./http/routes";
import { Refusal } from "./refusal";

/** Something that can go wrong: a command, or a route over HTTP. */
export type FaultTarget = Command["type"] | HttpRoute;

/** How a request is to fail. */
export interface Failure {
  code: ErrorCode;
  /** For a person; the usual sentence of the code when left out. */
  message?: string;
  /** How long the client is asked to wait, in milliseconds. */
  retryAfterMs?: number;
  /** How many requests fail; 1 when left out. */
  times?: number;
}

export class Faults {
  readonly #failures = new Map<FaultTarget, { refusal: Refusal; left: number }[]>();
  readonly #drops = new Map<FaultTarget, number>();
  #refusals = 0;
  /** How long everything that the server says is on its way, in milliseconds. */
  delayMs = 0;

  /** The next so many connections are refused. */
  refuse(connections: number): void {
    this.#refusals = connections;
  }

  fail(target: FaultTarget, { code, message, retryAfterMs, times = 1 }: Failure): void {
    const refusal = new Refusal(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
    this.#failures.set(target, [...(this.#failures.get(target) ?? []), { refusal, left: times }]);
  }

  drop(target: FaultTarget, times: number): void {
    this.#drops.set(target, times);
  }

  /** Whether the connection that is being opened is refused. */
  refuses(): boolean {
    if (this.#refusals <= 0) return false;
    this.#refusals -= 1;
    return true;
  }

  /** Refuses the request if it is to fail. */
  check(target: FaultTarget): void {
    const failures = this.#failures.get(target) ?? [];
    const first = failures[0];
    if (first === undefined) return;
    first.left -= 1;
    if (first.left <= 0) failures.shift();
    throw first.refusal;
  }

  /** Whether the answer to this request is lost on its way. */
  drops(target: FaultTarget): boolean {
    const left = this.#drops.get(target) ?? 0;
    if (left > 0) this.#drops.set(target, left - 1);
    return left > 0;
  }
}
