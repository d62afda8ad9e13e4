// Requests that wait for their reply, by `ref`. Leaves sending to the driver, and sending again to the queue.

import { asTuttiError, fromBody, localError } from "../errors";
import type { Ref, ServerFrame } from "../generated/protocol";
import type { Clock } from "./clock";

interface Waiting {
  resolve(frame: ServerFrame): void;
  reject(error: Error): void;
  stopTimer(): void;
}

export class Requests {
  readonly #waiting = new Map<Ref, Waiting>();
  #last = 0;

  constructor(private readonly clock: Clock) {}

  /** `send` gets the new request's `ref`. */
  open(timeoutMs: number, send: (ref: Ref) => void): Promise<ServerFrame> {
    const ref = ++this.#last;
    return new Promise((resolve, reject) => {
      const stopTimer = this.clock.after(timeoutMs, () => this.#take(ref)?.reject(localError("timeout")));
      this.#waiting.set(ref, { resolve, reject, stopTimer });
      try {
        send(ref);
      } catch (error) {
        this.#take(ref)?.reject(asTuttiError(error));
      }
    });
  }

  settle(frame: ServerFrame): void {
    if (frame.ref === undefined) return;
    const waiting = this.#take(frame.ref);
    if (frame.type === "error") waiting?.reject(fromBody(frame));
    else waiting?.resolve(frame);
  }

  /** The connection is gone: no reply will come. */
  abandon(): void {
    for (const ref of [...this.#waiting.keys()]) this.#take(ref)?.reject(localError("closed", "The connection was lost before the reply came."));
  }

  #take(ref: Ref): Waiting | undefined {
    const waiting = this.#waiting.get(ref);
    this.#waiting.delete(ref);
    waiting?.stopTimer();
    return waiting;
  }
}
