// Keeps to the server's rates. The server does not tell them beforehand, only, by `rate_limited` and `retry_after_ms`, when
// one is used up: until then what counts as the same operation is held back here, in its order. Leaves sending again what was refused
// to whoever sent it.

import { localError, TuttiError } from "../errors";
import type { Command, ServerFrame } from "../generated/protocol";
import { type Clock, Timer } from "./clock";

/** Requests of one operation that are held back; more are refused at once. */
export const MOST_HELD = 100;
/** Held back for so long when the server does not say. */
export const DEFAULT_HOLD_MS = 1000;

/** Sends, with what is left of the time for the reply. */
type Send = (timeoutMs: number) => Promise<ServerFrame>;

interface Held {
  send: Send;
  deadline: number;
  settle(reply: Promise<ServerFrame>): void;
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

  /** Sends at once, or when the server takes this operation again, if that is within the time for the reply. */
  request(command: Command, timeoutMs: number, send: Send): Promise<ServerFrame> {
    const operation = operationOf(command);
    const lane = this.#lane(operation);
    if (operation === null || lane === null) return this.#watch(operation, send(timeoutMs));
    if (lane.held.length >= MOST_HELD || lane.until >= this.clock.now() + timeoutMs) return Promise.reject(this.#refusal(lane));
    if (!lane.trying && !lane.timer.running) this.#wake(operation, lane);
    return this.#wait(lane, timeoutMs, send);
  }

  /** Whether something that nobody waits for may go now. */
  allows(command: Command): boolean {
    return this.#lane(operationOf(command)) === null;
  }

  /** The server took no more of something that nobody waits for. */
  refused(command: Command, retryAfterMs: number | null): void {
    const operation = operationOf(command);
    if (operation !== null) this.#hold(operation, retryAfterMs ?? DEFAULT_HOLD_MS);
  }

  /** No reply will come any more. The server's rates are the user's, so they stay. */
  abandon(): void {
    for (const lane of this.#lanes.values()) {
      lane.timer.stop();
      lane.trying = false;
      for (const held of lane.held.splice(0)) held.settle(Promise.reject(localError("closed", "The connection was lost before this could be sent.")));
    }
  }

  /** Another user has come, who has used nothing up. */
  forget(): void {
    this.abandon();
    this.#lanes.clear();
  }

  /** The lane of an operation that is being held back. */
  #lane(operation: string | null): Lane | null {
    const lane = operation === null ? undefined : this.#lanes.get(operation);
    return lane !== undefined && isHeld(lane, this.clock.now()) ? lane : null;
  }

  #watch(operation: string | null, reply: Promise<ServerFrame>): Promise<ServerFrame> {
    if (operation !== null) {
      reply.catch((error: unknown) => {
        if (error instanceof TuttiError && error.code === "rate_limited") this.#hold(operation, error.retryAfterMs ?? DEFAULT_HOLD_MS);
      });
    }
    return reply;
  }

  #wait(lane: Lane, timeoutMs: number, send: Send): Promise<ServerFrame> {
    return new Promise((resolve) => {
      const timer = new Timer(this.clock);
      const settle = (reply: Promise<ServerFrame>): void => {
        timer.stop();
        resolve(reply);
      };
      const held: Held = { send, deadline: this.clock.now() + timeoutMs, settle };
      timer.set(timeoutMs, () => {
        lane.held.splice(lane.held.indexOf(held), 1);
        settle(Promise.reject(localError("timeout")));
      });
      lane.held.push(held);
    });
  }

  #hold(operation: string, ms: number): void {
    const now = this.clock.now();
    for (const [other, lane] of this.#lanes) if (!isHeld(lane, now)) this.#lanes.delete(other);
    const lane = this.#lanes.get(operation) ?? { until: 0, timer: new Timer(this.clock), held: [], trying: false };
    this.#lanes.set(operation, lane);
    lane.until = Math.max(lane.until, now + ms);
    this.#wake(operation, lane);
    const late = lane.held.filter((held) => held.deadline <= lane.until);
    lane.held = lane.held.filter((held) => held.deadline > lane.until);
    for (const held of late) held.settle(Promise.reject(this.#refusal(lane)));
  }

  #wake(operation: string, lane: Lane): void {
    lane.timer.set(Math.max(0, lane.until - this.clock.now()), () => this.#next(operation, lane));
  }

  /** One at a time, for the rate may allow no more than one. */
  #next(operation: string, lane: Lane): void {
    const now = this.clock.now();
    if (lane.trying) return;
    // Timers may run a moment early by this clock.
    if (lane.until > now) return this.#wake(operation, lane);
    const held = lane.held.shift();
    if (held === undefined) return void this.#lanes.delete(operation);
    // Its own timer may be late.
    if (held.deadline <= now) {
      held.settle(Promise.reject(localError("timeout")));
      return this.#next(operation, lane);
    }
    lane.trying = true;
    const reply = this.#watch(operation, held.send(held.deadline - now));
    held.settle(reply);
    const settled = (): void => {
      // Not when the connection was lost meanwhile.
      if (!lane.trying) return;
      lane.trying = false;
      this.#next(operation, lane);
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

/** What the server counts a command as, by its own names; null for what it does not count. */
const OPERATIONS: Readonly<Record<Command["type"], string | null>> = {
  auth: null,
  ping: null,
  logout: null,
  message: "message",
  message_edit: "edit",
  message_delete: "delete",
  reaction_add: "reaction",
  reaction_remove: "reaction",
  read_receipt: "read",
  typing: "typing",
  history: "history",
  presence_set: "presence",
  presence_subscribe: "presence",
  presence_unsubscribe: "presence",
  subscribe: "subscribe",
  unsubscribe: "subscribe",
  publish: "publish",
};

/** Publications are counted in each namespace for itself. */
function operationOf(command: Command): string | null {
  const operation = OPERATIONS[command.type];
  return command.type === "publish" ? `${operation} ${command.channel.split(":", 1).join()}` : operation;
}

function isHeld(lane: Lane, now: number): boolean {
  return lane.until > now || lane.held.length > 0 || lane.trying;
}
