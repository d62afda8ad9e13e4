// Keeps to the server's rates. The server does not tell them beforehand, only, by `rate_limited` and `retry_after_ms`, when
// one is used up: until then that kind of command is held back here. Leaves sending again what was refused to whoever sent it.

import { localError, TuttiError } from "../errors";
import type { Command, ServerFrame } from "../generated/protocol";
import { type Clock, Timer } from "./clock";

/** Requests of one kind that are held back; more are refused at once. */
export const MOST_HELD = 100;
/** Held back for so long when the server does not say. */
export const DEFAULT_HOLD_MS = 1000;

/** Sends, with what is left of the time for the reply. */
type Send = (timeoutMs: number) => Promise<ServerFrame>;

interface Held {
  send: Send;
  deadline: number;
  resolve(reply: Promise<ServerFrame>): void;
  reject(error: TuttiError): void;
}

interface Lane {
  /** Nothing goes before this. */
  until: number;
  timer: Timer;
  held: Held[];
  /** One that had been held is under way; the next waits for it. */
  trying: boolean;
}

export class Limiter {
  readonly #lanes = new Map<string, Lane>();

  constructor(private readonly clock: Clock) {}

  /** Sends at once, or when the server takes this kind of command again, if that is within the time for the reply. */
  request(command: Command, timeoutMs: number, send: Send): Promise<ServerFrame> {
    const kind = kindOf(command);
    const lane = this.#lane(kind);
    if (kind === null || lane === null) return this.#watch(kind, send(timeoutMs));
    const deadline = this.clock.now() + timeoutMs;
    if (lane.held.length >= MOST_HELD || lane.until >= deadline) return Promise.reject(this.#refusal(lane));
    if (!lane.trying && !lane.timer.running) this.#wake(kind, lane);
    return new Promise((resolve, reject) => lane.held.push({ send, deadline, resolve, reject }));
  }

  /** Whether something that nobody waits for may go now. */
  allows(command: Command): boolean {
    return this.#lane(kindOf(command)) === null;
  }

  /** The server took no more of something that nobody waits for. */
  refused(command: Command, retryAfterMs: number | null): void {
    const kind = kindOf(command);
    if (kind !== null) this.#hold(kind, retryAfterMs ?? DEFAULT_HOLD_MS);
  }

  /** No reply will come any more. The server's rates are the user's, so they stay. */
  abandon(): void {
    for (const lane of this.#lanes.values()) {
      lane.timer.stop();
      lane.trying = false;
      for (const held of lane.held.splice(0)) held.reject(localError("closed", "The connection was lost before this could be sent."));
    }
  }

  /** The lane of a kind that is being held back. */
  #lane(kind: string | null): Lane | null {
    const lane = kind === null ? undefined : this.#lanes.get(kind);
    return lane !== undefined && isHeld(lane, this.clock.now()) ? lane : null;
  }

  #watch(kind: string | null, reply: Promise<ServerFrame>): Promise<ServerFrame> {
    if (kind !== null) {
      reply.catch((error: unknown) => {
        if (error instanceof TuttiError && error.code === "rate_limited") this.#hold(kind, error.retryAfterMs ?? DEFAULT_HOLD_MS);
      });
    }
    return reply;
  }

  #hold(kind: string, ms: number): void {
    const now = this.clock.now();
    for (const [other, lane] of this.#lanes) if (!isHeld(lane, now)) this.#lanes.delete(other);
    const lane = this.#lanes.get(kind) ?? { until: 0, timer: new Timer(this.clock), held: [], trying: false };
    this.#lanes.set(kind, lane);
    lane.until = Math.max(lane.until, now + ms);
    this.#wake(kind, lane);
    const late = lane.held.filter((held) => held.deadline <= lane.until);
    lane.held = lane.held.filter((held) => held.deadline > lane.until);
    for (const held of late) held.reject(this.#refusal(lane));
  }

  #wake(kind: string, lane: Lane): void {
    lane.timer.set(Math.max(0, lane.until - this.clock.now()), () => this.#next(kind, lane));
  }

  /** One at a time, for the rate may allow no more than one. */
  #next(kind: string, lane: Lane): void {
    const now = this.clock.now();
    if (lane.trying) return;
    // Timers may run a moment early by this clock.
    if (lane.until > now) return this.#wake(kind, lane);
    const held = lane.held.shift();
    if (held === undefined) return void this.#lanes.delete(kind);
    if (held.deadline <= now) {
      held.reject(localError("timeout"));
      return this.#next(kind, lane);
    }
    lane.trying = true;
    const reply = this.#watch(kind, held.send(held.deadline - now));
    held.resolve(reply);
    const settled = (): void => {
      lane.trying = false;
      this.#next(kind, lane);
    };
    reply.then(settled, settled);
  }

  #refusal(lane: Lane): TuttiError {
    return new TuttiError("rate_limited", "held back, because the server takes no more of these for now", {
      retryable: true,
      retryAfterMs: Math.max(0, lane.until - this.clock.now()),
    });
  }
}

/** What the server counts together; null for what it does not count. */
function kindOf(command: Command): string | null {
  if (command.type === "auth" || command.type === "ping" || command.type === "logout") return null;
  return command.type === "publish" ? `publish ${command.channel}` : command.type;
}

function isHeld(lane: Lane, now: number): boolean {
  return lane.until > now || lane.held.length > 0 || lane.trying;
}
