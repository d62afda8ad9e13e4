// Counts what the connection does, and says in one word how good it is.
// Leaves measuring to the driver, and showing it to the application.

import type { TuttiErrorCode } from "../errors";
import type { Log } from "../log";
import { Fields, type Store } from "../store";
import { type Clock, Timer } from "./clock";
import type { ConnectionState, MachineEvent } from "./machine";
import { RECONNECT_NOW_CODE, type Transport } from "./transport";

/**
 * - `good`: answers within 300 ms (smoothed), no reconnect in the last 5 minutes, and not polling.
 * - `poor`: not connected, answers after more than 1 s, the last ping unanswered, or 3 reconnects in the last 5 minutes.
 * - `fair`: anything in between.
 */
export type Quality = "good" | "fair" | "poor";

/** Since the client was made. Counters are told at most once a second, everything else at once. */
export interface MetricsSnapshot {
  /** Frames. */
  received: number;
  sent: number;
  /** Bytes of these frames, before compression and without what carries them. */
  receivedBytes: number;
  sentBytes: number;
  /** Error frames, frames that were not understood, lost connections, and tokens that could not be had. */
  errors: number;
  /** How often the connection was lost and came back. */
  reconnects: number;
  /** Round trip, smoothed over about eight measurements; null until the first. */
  latencyMs: number | null;
  /** Null until the first connection. */
  quality: Quality | null;
}

/** What `onMetric` is told, as it happens. Times are milliseconds. */
export type MetricEvent =
  | { type: "state"; from: ConnectionState; to: ConnectionState }
  | { type: "transport"; transport: Transport }
  | { type: "reconnect"; downMs: number }
  | { type: "latency"; latencyMs: number; smoothedMs: number }
  | { type: "quality"; quality: Quality }
  | { type: "frame"; direction: "in" | "out"; frame: string; bytes: number }
  | { type: "error"; code: MetricErrorCode };

/** The code of an error frame or a close, or what went wrong here. */
export type MetricErrorCode = TuttiErrorCode | number | "token" | "unreadable" | "silent";

export const GOOD_LATENCY_MS = 300;
export const FAIR_LATENCY_MS = 1000;
export const RECENT_MS = 5 * 60_000;
export const MANY_RECONNECTS = 3;
/** Weight of a new measurement, as in TCP. */
const SMOOTHING = 1 / 8;
const PUBLISH_EVERY_MS = 1000;

export interface MetricsOptions {
  clock: Clock;
  log: Log;
  tell: ((event: MetricEvent) => void) | undefined;
}

export class Metrics {
  readonly #store = new Fields<MetricsSnapshot>({
    received: 0, sent: 0, receivedBytes: 0, sentBytes: 0, errors: 0, reconnects: 0, latencyMs: null, quality: null,
  });
  readonly store: Store<MetricsSnapshot> = this.#store;
  readonly #timer: Timer;
  readonly #counts = { received: 0, sent: 0, receivedBytes: 0, sentBytes: 0, errors: 0 };
  /** When the last few reconnects were. */
  #recent: number[] = [];
  #state: ConnectionState = "disconnected";
  #transport: Transport | null = null;
  #pongMissed = false;
  /** Since when the connection is lost, if it was not let go on purpose. */
  #lostAt: number | null = null;

  constructor(private readonly options: MetricsOptions) {
    this.#timer = new Timer(options.clock);
  }

  received(frame: string, bytes: number): void {
    this.#counts.received++;
    this.#counts.receivedBytes += bytes;
    this.#tell({ type: "frame", direction: "in", frame, bytes });
    this.#publishSoon();
  }

  sent(frame: string, bytes: number): void {
    this.#counts.sent++;
    this.#counts.sentBytes += bytes;
    this.#tell({ type: "frame", direction: "out", frame, bytes });
    this.#publishSoon();
  }

  failed(code: MetricErrorCode): void {
    this.#counts.errors++;
    this.#tell({ type: "error", code });
    this.#publishSoon();
  }

  opened(transport: Transport): void {
    this.#transport = transport;
    this.#tell({ type: "transport", transport });
  }

  latency(latencyMs: number): void {
    const before = this.#store.snapshot().latencyMs;
    const smoothedMs = before === null ? latencyMs : before + (latencyMs - before) * SMOOTHING;
    this.#pongMissed = false;
    this.#store.patch({ latencyMs: smoothedMs });
    this.#tell({ type: "latency", latencyMs, smoothedMs });
    this.#publish();
  }

  missedPong(): void {
    this.#pongMissed = true;
    this.#publish();
  }

  /** The machine went from one state to another. */
  changed(from: ConnectionState, to: ConnectionState, cause: MachineEvent): void {
    this.#state = to;
    this.#tell({ type: "state", from, to });
    if (from === "connected" && !onPurpose(cause)) this.#lostAt = this.options.clock.now();
    if (to === "disconnected") this.#lostAt = null;
    if (to === "connected") this.#regained();
    this.#publish();
  }

  #regained(): void {
    this.#pongMissed = false;
    if (this.#lostAt === null) return;
    const now = this.options.clock.now();
    this.#recent = [...this.#recent, now].slice(-MANY_RECONNECTS);
    this.#store.patch({ reconnects: this.#store.snapshot().reconnects + 1 });
    this.#tell({ type: "reconnect", downMs: now - this.#lostAt });
    this.#lostAt = null;
  }

  #publishSoon(): void {
    if (this.#state === "disconnected") this.#publish();
    else if (!this.#timer.running) this.#timer.set(PUBLISH_EVERY_MS, () => this.#publish());
  }

  #publish(): void {
    this.#timer.stop();
    const before = this.#store.snapshot().quality;
    const quality = before === null && this.#state !== "connected" ? null : this.#quality();
    this.#store.patch({ ...this.#counts, quality });
    if (quality !== null && quality !== before) this.#tell({ type: "quality", quality });
  }

  #quality(): Quality {
    const now = this.options.clock.now();
    const reconnects = this.#recent.filter((at) => at > now - RECENT_MS).length;
    const latency = this.#store.snapshot().latencyMs ?? 0;
    if (this.#state !== "connected" || this.#pongMissed || latency > FAIR_LATENCY_MS || reconnects >= MANY_RECONNECTS) return "poor";
    return latency > GOOD_LATENCY_MS || reconnects > 0 || this.#transport === "polling" ? "fair" : "good";
  }

  #tell(event: MetricEvent): void {
    try {
      this.options.tell?.(event);
    } catch (error) {
      this.options.log.error("onMetric failed", error);
    }
  }
}

/** The connection was not lost: somebody, or the fallback, wanted another one or none. */
function onPurpose(cause: MachineEvent): boolean {
  return cause.type === "pause" || cause.type === "reconnect" || (cause.type === "closed" && cause.code === RECONNECT_NOW_CODE);
}
