// The connection as a pure state machine: a state and an event in, the next state and what is to be done out.
// Leaves doing it (sockets, timers, tokens) to the driver. Knows no clock and no network.

import { CLOSE_CODES, ERROR_MEANINGS } from "../generated/protocol";
import { GOODBYE_CODE, RECONNECT_NOW_CODE, TRY_LATER_CODE, UNANSWERED_CODE } from "./transport";

/** Where a connection stands. In `connected` frames flow. */
export type ConnectionState = "disconnected" | "connecting" | "authenticating" | "connected" | "reconnecting";

export interface Machine {
  readonly state: ConnectionState;
  /** Attempts to reconnect since a connection last was stable. */
  readonly attempts: number;
  /** How often it was told to connect again at once, because nothing is wrong, since then. */
  readonly moves: number;
  /** Nothing more is tried until `reconnect`. */
  readonly final: boolean;
  readonly problem: string | null;
  /** The server's close code, if it is behind the problem. */
  readonly code: number | null;
  /** Ended by a logout, and not begun again. */
  readonly signedOut: boolean;
  readonly online: boolean;
  /** A token was renewed because the last one was refused, and has not proved itself yet. */
  readonly renewed: boolean;
  /** Nobody has looked at the page for long: nothing is tried until somebody does. */
  readonly paused: boolean;
}

export interface Policy {
  maxAttempts: number;
  /** Whether a fresh token can be had when one is refused. */
  canRenewToken: boolean;
}

export type MachineEvent =
  | { type: "connect" }
  | { type: "reconnect" }
  | { type: "disconnect" }
  | { type: "logout" }
  | { type: "token_ready" }
  | { type: "token_failed"; problem: string }
  | { type: "opened" }
  | { type: "welcomed" }
  /** The connection has lasted for a while. */
  | { type: "stable" }
  /** `sessionMs`: how long the connection had been welcomed. */
  | { type: "closed"; code: number; sessionMs: number }
  | { type: "timed_out" }
  | { type: "silent" }
  | { type: "retry_due" }
  | { type: "online" }
  | { type: "offline" }
  | { type: "visible" }
  /** The page has been hidden for so long that the connection is let go. */
  | { type: "pause" };

export type Effect =
  | { type: "get_token"; fresh: boolean }
  | { type: "open_socket" }
  | { type: "send_auth" }
  | { type: "send_logout" }
  /** Closes the socket, if there is one, and calls off whatever belonged to the attempt or session. Without `code` it just leaves. */
  | { type: "drop"; code?: typeof GOODBYE_CODE | typeof UNANSWERED_CODE }
  | { type: "start_deadline"; ms: number }
  | { type: "start_session" }
  | { type: "schedule_retry"; attempt: number }
  | { type: "check_liveness" };

/** What follows: the new state, and what to do, in order. */
export interface Step {
  readonly next: Machine;
  readonly effects: readonly Effect[];
}

/** For the token and the socket's opening handshake together. */
export const CONNECT_TIMEOUT_MS = 15_000;
export const AUTH_TIMEOUT_MS = 5_000;
/** A connection that lasted this long works: one that is lost again and again before counts as failed attempts. */
export const STABLE_MS = 5_000;
/**
 * After so many moves without a stable connection a further one counts as a loss, so that it cannot go round and round. As many as
 * tabs share a connection: each may bring a token that is refused, and then all others are told to move.
 */
export const MOST_MOVES = 64;
/** A session that lasted this long had a good token; a 4003 after it is an expiry, not a refusal of the fresh one. */
export const PROVEN_SESSION_MS = 60_000;

export const OFFLINE = "You are offline.";
const LOST = "Connection lost. Reconnecting.";
const UNREACHABLE = "The server cannot be reached.";
const AUTH_TIMED_OUT = "The server did not answer the sign-in in time.";
const UNANSWERED: Effect = { type: "drop", code: UNANSWERED_CODE };

export const initialMachine: Machine = { state: "disconnected", attempts: 0, moves: 0, final: false, problem: null, code: null, signedOut: false, online: true, renewed: false, paused: false };

/** What was tried so far counts no more. */
const UNTRIED = { attempts: 0, moves: 0 } as const;

type EventOf<T extends MachineEvent["type"]> = Extract<MachineEvent, { type: T }>;
type Row = { readonly [T in MachineEvent["type"]]?: (machine: Machine, event: EventOf<T>, policy: Policy) => Step };

function trouble(problem: string | null, code: number | null = null): Pick<Machine, "problem" | "code"> {
  return { problem, code };
}

/** What any state with a connection, or on its way to one, makes of these. */
const active: Row = {
  disconnect: (m) => stop(m, [{ type: "drop" }]),
  logout: (m) => stop(m, [{ type: "drop" }], true),
  reconnect: (m) => attempt({ ...m, ...UNTRIED, renewed: false }, true, [{ type: "drop" }]),
  offline: (m) => ({ next: { ...m, state: "reconnecting", ...trouble(OFFLINE) }, effects: [{ type: "drop" }] }),
  pause: (m) => pause(m),
  closed: (m, event, policy) => closed(m, event, policy),
};

const TABLE: Readonly<Record<ConnectionState, Row>> = {
  disconnected: {
    connect: (m) => (m.final ? stay(m) : m.online ? attempt(m, false) : { next: { ...m, state: "reconnecting", signedOut: false, ...trouble(OFFLINE) }, effects: [] }),
    reconnect: (m) => attempt({ ...m, ...UNTRIED, renewed: false }, true),
    disconnect: (m) => stop(m, []),
    logout: (m) => stop(m, [], true),
  },
  connecting: {
    ...active,
    token_ready: (m) => ({ next: m, effects: [{ type: "open_socket" }] }),
    token_failed: (m, event, policy) => retry({ ...m, ...trouble(event.problem) }, policy),
    opened: (m) => ({ next: { ...m, state: "authenticating" }, effects: [{ type: "start_deadline", ms: AUTH_TIMEOUT_MS }, { type: "send_auth" }] }),
    timed_out: (m, _event, policy) => retry({ ...m, ...trouble(UNREACHABLE) }, policy, UNANSWERED),
  },
  authenticating: {
    ...active,
    welcomed: (m) => ({ next: { ...m, state: "connected", ...trouble(null) }, effects: [{ type: "start_session" }] }),
    timed_out: (m, _event, policy) => retry({ ...m, ...trouble(AUTH_TIMED_OUT) }, policy, UNANSWERED),
  },
  connected: {
    ...active,
    logout: (m) => stop(m, [{ type: "send_logout" }, { type: "drop", code: GOODBYE_CODE }], true),
    stable: (m) => stay({ ...m, ...UNTRIED }),
    silent: (m, _event, policy) => retry({ ...m, ...trouble(LOST) }, policy),
    visible: (m) => ({ next: m, effects: [{ type: "check_liveness" }] }),
  },
  reconnecting: {
    disconnect: (m) => stop(m, [{ type: "drop" }]),
    logout: (m) => stop(m, [{ type: "drop" }], true),
    reconnect: (m) => attempt({ ...m, ...UNTRIED, renewed: false }, true, [{ type: "drop" }]),
    retry_due: (m) => attempt(m, false),
    online: (m) => (m.paused ? stay({ ...m, ...trouble(null) }) : attempt(m, false, [{ type: "drop" }])),
    visible: (m) => (m.online ? attempt(m, false, [{ type: "drop" }]) : stay({ ...m, paused: false })),
    offline: (m) => ({ next: { ...m, ...trouble(OFFLINE) }, effects: [{ type: "drop" }] }),
    pause: (m) => pause(m),
  },
};

export function step(machine: Machine, event: MachineEvent, policy: Policy): Step {
  const known = event.type === "online" || event.type === "offline" ? { ...machine, online: event.type === "online" } : machine;
  const handle = TABLE[machine.state][event.type] as ((m: Machine, e: MachineEvent, p: Policy) => Step) | undefined;
  return handle ? handle(known, event, policy) : stay(known);
}

function stay(machine: Machine): Step {
  return { next: machine, effects: [] };
}

function stop(machine: Machine, effects: readonly Effect[], signedOut = machine.signedOut): Step {
  return { next: { ...initialMachine, online: machine.online, signedOut }, effects };
}

function attempt(machine: Machine, fresh: boolean, before: readonly Effect[] = []): Step {
  return {
    next: { ...machine, state: "connecting", final: false, signedOut: false, paused: false },
    effects: [...before, { type: "start_deadline", ms: CONNECT_TIMEOUT_MS }, { type: "get_token", fresh }],
  };
}

/** The return to the page is a new beginning. */
function pause(machine: Machine): Step {
  return { next: { ...machine, state: "reconnecting", ...UNTRIED, ...trouble(machine.online ? null : OFFLINE), paused: true }, effects: [{ type: "drop" }] };
}

function retry(machine: Machine, policy: Policy, drop: Effect = { type: "drop" }): Step {
  if (!machine.online) return { next: { ...machine, state: "reconnecting", ...trouble(OFFLINE) }, effects: [drop] };
  if (machine.attempts >= policy.maxAttempts) return { next: { ...machine, state: "disconnected", final: true }, effects: [drop] };
  const attempts = machine.attempts + 1;
  return { next: { ...machine, state: "reconnecting", attempts }, effects: [drop, { type: "schedule_retry", attempt: attempts }] };
}

function closed(machine: Machine, event: EventOf<"closed">, policy: Policy): Step {
  if (event.code === RECONNECT_NOW_CODE && machine.moves < MOST_MOVES) return attempt({ ...machine, moves: machine.moves + 1 }, false, [{ type: "drop" }]);
  const advice = adviceFor(event.code, machine.state);
  const next: Machine = { ...machine, ...trouble(advice.meaning, isTold(event.code) ? event.code : null) };
  if (advice.reconnect) return retry(next, policy);
  // Refused or expired: the token at hand may be an old one.
  if ((event.code === 4001 || event.code === 4003) && policy.canRenewToken && (!machine.renewed || event.sessionMs >= PROVEN_SESSION_MS)) {
    return attempt({ ...next, renewed: true }, true, [{ type: "drop" }]);
  }
  return { next: { ...next, state: "disconnected", final: true }, effects: [{ type: "drop" }] };
}

/** Whether the server says this code, and means something by it. */
function isTold(code: number): boolean {
  return code in CLOSE_CODES || (code >= 4000 && code < RECONNECT_NOW_CODE);
}

function adviceFor(code: number, state: ConnectionState): { reconnect: boolean; meaning: string } {
  const known: Readonly<Record<number, { reconnect: boolean; meaning: string } | undefined>> = CLOSE_CODES;
  const advice = known[code];
  if (advice) return advice;
  if (code === TRY_LATER_CODE) return { reconnect: true, meaning: ERROR_MEANINGS.unavailable };
  if (code >= 4000 && code < 4100) return { reconnect: false, meaning: `The server ended the connection (${code}).` };
  return { reconnect: true, meaning: state === "connected" ? LOST : UNREACHABLE };
}
