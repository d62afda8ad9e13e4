// Frames over the open socket: written and read as its codec says, bounded, counted, held to the server's rates, and replies
// matched to their requests. Leaves the socket's life to the driver, and what frames mean to whoever listens.

import { ignorable, TuttiError } from "../errors";
import type { Command, ErrorBody, Limits, Ref, ServerFrame } from "../generated/protocol";
import type { Log } from "../log";
import type { Clock } from "./clock";
import { type Codec, jsonCodec, sizeOf } from "./codec";
import { Limiter } from "./limiter";
import type { Metrics } from "./metrics";
import { Requests } from "./requests";
import type { FrameData } from "./transport";

export interface ExchangeOptions {
  clock: Clock;
  metrics: Metrics;
  log: Log;
  /** Puts it on the socket; dropped where there is none. */
  transmit(data: FrameData): void;
}

export class Exchange {
  readonly #requests: Requests;
  readonly #limiter: Limiter;
  #codec: Codec = jsonCodec;
  /** What was posted last: an error without a `ref` is about it, for every request has one. */
  #posted: Command | null = null;
  /** Until the welcome says. */
  #maxFrameBytes = Infinity;

  constructor(private readonly options: ExchangeOptions) {
    this.#requests = new Requests(options.clock);
    this.#limiter = new Limiter(options.clock);
  }

  /** A socket has opened that speaks this. */
  speak(codec: Codec): void {
    this.#codec = codec;
  }

  keepTo(limits: Limits): void {
    this.#maxFrameBytes = limits.max_frame_bytes;
  }

  request(command: Command, timeoutMs: number): Promise<ServerFrame> {
    return ignorable(this.#limiter.request(command, timeoutMs, (leftMs) => this.#requests.open(leftMs, (ref) => this.send(command, ref))));
  }

  /** Sends something that nobody answers. Dropped while the server takes no more of it. */
  post(command: Command): void {
    if (!this.#limiter.allows(command)) return;
    this.#posted = command;
    this.send(command);
  }

  /** @throws TuttiError `payload_too_large` where the server would. */
  send(command: Command, ref?: Ref): void {
    const data = this.#codec.encode(command, ref);
    const bytes = sizeOf(data);
    if (bytes > this.#maxFrameBytes) throw new TuttiError("payload_too_large", `a frame of ${bytes} bytes; the server takes ${this.#maxFrameBytes}`);
    this.options.metrics.sent(command.type, bytes);
    this.options.transmit(data);
  }

  /** The frame that came; null if it cannot be understood. */
  read(data: FrameData): ServerFrame | null {
    const { metrics, log } = this.options;
    const frame = this.#codec.decode(data);
    metrics.received(frame?.type ?? "unknown", sizeOf(data));
    if (frame?.type === "error") this.#refused(frame, frame.ref);
    if (frame !== null) return frame;
    metrics.failed("unreadable");
    log.warn("a frame was not understood", data.slice(0, 200));
    return null;
  }

  /** Gives a reply to whoever asked. */
  settle(frame: ServerFrame): void {
    this.#requests.settle(frame);
  }

  /** Another user is signed in than before: the server's rates are each user's own. */
  forgetRates(): void {
    this.#limiter.forget();
  }

  /** The connection is gone, and no reply will come. */
  abandon(): void {
    this.#requests.abandon();
    this.#limiter.abandon();
  }

  #refused(error: ErrorBody, ref: Ref | undefined): void {
    this.options.metrics.failed(error.code);
    if (error.code === "rate_limited" && ref === undefined && this.#posted !== null) this.#limiter.refused(this.#posted, error.retry_after_ms ?? null);
  }
}
