// The sending half of a connection without WebSocket: frames by POST, one request at a time, so that they keep their order.
// Leaves receiving pushes to the stream or the poll beside it, and what a failure means to the socket.

import { asTuttiError, type TuttiError, type TuttiErrorCode } from "../errors";
import type { ErrorCode, Ref } from "../generated/protocol";
import { sizeOf } from "./codec";

export interface Posted {
  text: string;
  ref: Ref | undefined;
}

export interface CommandPostOptions {
  /** Sends a body and gives the array of replies; rejects with a TuttiError. */
  post(body: string): Promise<unknown>;
  reply(frame: object): void;
  /** The connection as a whole has failed, so it is not known what became of what was sent. */
  failed(error: TuttiError): void;
}

/** Frames in one request: the server's bound. */
export const MOST_IN_POST = 100;
/** Bytes in one request, below the server's bound of a body. A frame that is longer goes alone. */
export const MOST_POST_BYTES = 60_000;
/** Frames that wait for their turn. */
export const MOST_WAITING = 1000;

/** Refusals of what was sent, not of the connection. */
const REFUSALS: ReadonlySet<TuttiErrorCode> = new Set<TuttiErrorCode>(["invalid_request", "validation_failed", "payload_too_large", "rate_limited", "forbidden"]);

export class CommandPost {
  #waiting: Posted[] = [];
  #posting = false;
  #stopped = false;

  constructor(private readonly options: CommandPostOptions) {}

  get busy(): boolean {
    return this.#posting || this.#waiting.length > 0;
  }

  send(frame: Posted): void {
    if (this.#waiting.length >= MOST_WAITING) return this.#refuse(frame, "unavailable", "too many frames are waiting to be sent");
    this.#waiting.push(frame);
    // What is sent in the same moment goes together.
    queueMicrotask(() => void this.#pump());
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
  }

  async #pump(): Promise<void> {
    if (this.#posting || this.#stopped || this.#waiting.length === 0) return;
    this.#posting = true;
    const batch = this.#take();
    try {
      const replies = await this.options.post(`[${batch.map((frame) => frame.text).join(",")}]`);
      if (!this.#stopped && Array.isArray(replies)) for (const reply of replies as object[]) this.options.reply(reply);
    } catch (thrown) {
      if (!this.#stopped) this.#failed(batch, asTuttiError(thrown));
    }
    this.#posting = false;
    void this.#pump();
  }

  #take(): Posted[] {
    let [count, bytes] = [0, 0];
    for (const frame of this.#waiting) {
      bytes += sizeOf(frame.text) + 1;
      if (count > 0 && (count >= MOST_IN_POST || bytes > MOST_POST_BYTES)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  #failed(batch: readonly Posted[], error: TuttiError): void {
    if (!REFUSALS.has(error.code)) return this.options.failed(error);
    for (const frame of batch) this.#refuse(frame, error.code as ErrorCode, error.message, error.retryAfterMs);
  }

  #refuse(frame: Posted, code: ErrorCode, message: string, retryAfterMs: number | null = null): void {
    if (frame.ref === undefined) return;
    const retryable = code === "rate_limited" || code === "unavailable";
    this.options.reply({ type: "error", ref: frame.ref, code, message, retryable, ...(retryAfterMs === null ? {} : { retry_after_ms: retryAfterMs }) });
  }
}
