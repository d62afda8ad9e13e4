// Read receipts of one conversation, gathered: the first at once, then at most one frame per second, with the furthest
// message.
// Leaves the wire to `send`, and what the counts become to the reducers.

import { type Clock, Timer } from "../connection/clock";
import { asTuttiError } from "../errors";

export const BATCH_MS = 1000;

interface Mark {
  messageId: string;
  seq: number;
}

export class Receipts {
  readonly #timer: Timer;
  #next: Mark | null = null;
  #sent = 0;

  constructor(clock: Clock, private readonly send: (messageId: string) => Promise<unknown>) {
    this.#timer = new Timer(clock);
  }

  add(mark: Mark): void {
    if (mark.seq <= Math.max(this.#sent, this.#next?.seq ?? 0)) return;
    this.#next = mark;
    if (!this.#timer.running) this.#flush();
  }

  /** Connected again: what could not be sent is sent now. */
  resume(): void {
    if (!this.#timer.running) this.#flush();
  }

  stop(): void {
    this.#timer.stop();
    this.#next = null;
  }

  #flush(): void {
    const mark = this.#next;
    if (mark === null) return;
    this.#next = null;
    const before = this.#sent;
    this.#sent = mark.seq;
    this.#timer.set(BATCH_MS, () => this.#flush());
    this.send(mark.messageId).catch((thrown: unknown) => {
      this.#sent = before;
      const error = asTuttiError(thrown);
      if (!error.retryable || this.#next !== null) return;
      this.#next = mark;
      // Without a connection it waits for resume().
      if (error.code === "closed") this.#timer.stop();
      else this.#timer.set(error.retryAfterMs ?? BATCH_MS, () => this.#flush());
    });
  }
}
