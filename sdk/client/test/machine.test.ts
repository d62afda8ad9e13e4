// Every state with every event: where it goes and what is done.

import { describe, expect, it } from "vitest";
import { CLOSE_CODES } from "../src/index";
import { GOODBYE_CODE, RECONNECT_NOW_CODE, UNANSWERED_CODE } from "../src/connection/transport";
import { AUTH_TIMEOUT_MS, type ConnectionState, initialMachine, type Machine, type MachineEvent, MOST_MOVES, OFFLINE, type Policy, PROVEN_SESSION_MS, step } from "../src/connection/machine";

const policy: Policy = { maxAttempts: 5, canRenewToken: true };
const at = (state: ConnectionState, over: Partial<Machine> = {}): Machine => ({ ...initialMachine, state, ...over });

const EVENTS: Record<MachineEvent["type"], MachineEvent> = {
  connect: { type: "connect" },
  reconnect: { type: "reconnect" },
  disconnect: { type: "disconnect" },
  logout: { type: "logout" },
  token_ready: { type: "token_ready" },
  token_failed: { type: "token_failed", problem: "no token" },
  opened: { type: "opened" },
  welcomed: { type: "welcomed" },
  stable: { type: "stable" },
  closed: { type: "closed", code: 1006, sessionMs: 0 },
  timed_out: { type: "timed_out" },
  silent: { type: "silent" },
  retry_due: { type: "retry_due" },
  online: { type: "online" },
  offline: { type: "offline" },
  visible: { type: "visible" },
  pause: { type: "pause" },
};

/** `state: effects`; what is not listed changes nothing. */
const TABLE: Record<ConnectionState, Partial<Record<MachineEvent["type"], string>>> = {
  disconnected: {
    connect: "connecting: start_deadline get_token",
    reconnect: "connecting: start_deadline get_token",
  },
  connecting: {
    reconnect: "connecting: drop start_deadline get_token",
    disconnect: "disconnected: drop",
    logout: "disconnected: drop",
    token_ready: "connecting: open_socket",
    token_failed: "reconnecting: drop schedule_retry",
    opened: "authenticating: start_deadline send_auth",
    closed: "reconnecting: drop schedule_retry",
    timed_out: "reconnecting: drop schedule_retry",
    offline: "reconnecting: drop",
    pause: "reconnecting: drop",
  },
  authenticating: {
    reconnect: "connecting: drop start_deadline get_token",
    disconnect: "disconnected: drop",
    logout: "disconnected: drop",
    welcomed: "connected: start_session",
    closed: "reconnecting: drop schedule_retry",
    timed_out: "reconnecting: drop schedule_retry",
    offline: "reconnecting: drop",
    pause: "reconnecting: drop",
  },
  connected: {
    reconnect: "connecting: drop start_deadline get_token",
    disconnect: "disconnected: drop",
    logout: "disconnected: send_logout drop",
    closed: "reconnecting: drop schedule_retry",
    silent: "reconnecting: drop schedule_retry",
    offline: "reconnecting: drop",
    pause: "reconnecting: drop",
    visible: "connected: check_liveness",
  },
  reconnecting: {
    reconnect: "connecting: drop start_deadline get_token",
    disconnect: "disconnected: drop",
    logout: "disconnected: drop",
    retry_due: "connecting: start_deadline get_token",
    online: "connecting: drop start_deadline get_token",
    visible: "connecting: drop start_deadline get_token",
    offline: "reconnecting: drop",
    pause: "reconnecting: drop",
  },
};

describe("every transition", () => {
  for (const state of Object.keys(TABLE) as ConnectionState[]) {
    it.each(Object.values(EVENTS))(`${state} + $type`, (event) => {
      const { next, effects } = step(at(state), event, policy);
      expect(`${next.state}: ${effects.map((effect) => effect.type).join(" ")}`).toBe(TABLE[state][event.type] ?? `${state}: `);
    });
  }
});

describe("attempts", () => {
  it("counts attempts until they are used up, and then waits for reconnect()", () => {
    let machine = at("connected");
    for (let attempt = 1; attempt <= 5; attempt++) {
      const { next, effects } = step(machine, EVENTS.closed, policy);
      expect(effects).toContainEqual({ type: "schedule_retry", attempt });
      machine = step(next, EVENTS.retry_due, policy).next;
    }
    machine = step(machine, EVENTS.closed, policy).next;
    expect(machine).toMatchObject({ state: "disconnected", final: true, attempts: 5 });
    for (const type of ["connect", "online", "visible", "retry_due"] as const) expect(step(machine, EVENTS[type], policy).next).toMatchObject({ state: "disconnected", final: true });
    expect(step(machine, EVENTS.reconnect, policy)).toMatchObject({ next: { state: "connecting", final: false, attempts: 0 }, effects: [{ type: "start_deadline" }, { type: "get_token", fresh: true }] });
  });

  it("starts counting again when a connection has lasted, not with its welcome", () => {
    const welcomed = step(at("authenticating", { attempts: 4, problem: "x" }), EVENTS.welcomed, policy).next;
    expect(welcomed).toMatchObject({ attempts: 4, problem: null });
    expect(step(welcomed, EVENTS.stable, policy).next).toMatchObject({ state: "connected", attempts: 0 });
  });

  it("never gives up with Infinity", () => {
    expect(step(at("connecting", { attempts: 10_000 }), EVENTS.closed, { ...policy, maxAttempts: Infinity }).next.final).toBe(false);
  });

  it("gives the server 5 s for the sign-in", () => {
    expect(AUTH_TIMEOUT_MS).toBe(5000);
    expect(step(at("connecting"), EVENTS.opened, policy).effects).toContainEqual({ type: "start_deadline", ms: AUTH_TIMEOUT_MS });
  });
});

describe("close codes", () => {
  const close = (code: number, machine = at("connected"), p = policy, sessionMs = 0) => step(machine, { type: "closed", code, sessionMs }, p);

  it.each(Object.entries(CLOSE_CODES).filter(([code]) => code !== "4001" && code !== "4003"))("follows the table for %s", (code, advice) => {
    const { next } = close(Number(code));
    expect(next).toMatchObject(advice.reconnect ? { state: "reconnecting", final: false } : { state: "disconnected", final: true });
    expect(next).toMatchObject({ problem: advice.meaning, code: Number(code) });
  });

  it.each([1005, 1006, 1011, 1012, 1013, 4150])("reconnects after %i", (code) => expect(close(code).next.state).toBe("reconnecting"));
  it.each([4000, 4055, 4099])("stops after %i", (code) => expect(close(code).next).toMatchObject({ state: "disconnected", final: true }));

  it("says of 1013 that the service is busy", () => expect(close(1013, at("connecting")).next.problem).toBe("The service is busy. Please try again in a moment."));

  it("names the code only if the server said it, and as long as it is behind the problem", () => {
    expect(close(4150).next.code).toBe(4150);
    for (const code of [1005, 1006, 1013]) expect(close(code).next.code).toBeNull();
    const draining = close(4102).next;
    expect(step(draining, EVENTS.offline, policy).next).toMatchObject({ problem: OFFLINE, code: null });
    const connecting = step(draining, EVENTS.retry_due, policy).next;
    expect(connecting.code).toBe(4102);
    expect(step({ ...connecting, state: "authenticating" }, EVENTS.welcomed, policy).next).toMatchObject({ problem: null, code: null });
  });

  it.each([4001, 4003])("takes a fresh token after %i, once, and again only after it proved itself", (code) => {
    const first = close(code);
    expect(first.next).toMatchObject({ state: "connecting", renewed: true });
    expect(first.effects).toContainEqual({ type: "get_token", fresh: true });
    const welcomed = { ...first.next, state: "connected" as const };
    expect(close(code, welcomed, policy, PROVEN_SESSION_MS - 1).next).toMatchObject({ state: "disconnected", final: true, code });
    expect(close(code, welcomed, policy, PROVEN_SESSION_MS).next.state).toBe("connecting");
  });

  it.each([4001, 4003] as const)("stops after %i when the token is fixed", (code) => {
    expect(close(code, at("connected"), { ...policy, canRenewToken: false }).next).toMatchObject({ final: true, problem: CLOSE_CODES[code].meaning, code });
  });
});

describe("a logout", () => {
  it.each(["disconnected", "connecting", "authenticating", "connected", "reconnecting"] as const)("while %s is told until the next session, also over a disconnect", (state) => {
    const { next } = step(at(state), EVENTS.logout, policy);
    expect(next).toMatchObject({ state: "disconnected", signedOut: true, final: false });
    expect(step(next, EVENTS.disconnect, policy).next.signedOut).toBe(true);
    for (const online of [true, false]) for (const type of ["connect", "reconnect"] as const) expect(step({ ...next, online }, EVENTS[type], policy).next.signedOut).toBe(false);
  });

  it.each(["connecting", "connected", "reconnecting"] as const)("is not what a disconnect while %s is", (state) => {
    expect(step(at(state), EVENTS.disconnect, policy).next.signedOut).toBe(false);
  });
});

describe("a change of what carries the connection", () => {
  const change: MachineEvent = { type: "closed", code: RECONNECT_NOW_CODE, sessionMs: 0 };

  it.each(["connecting", "authenticating", "connected"] as const)("while %s connects at once, and is no failed attempt", (state) => {
    expect(step(at(state), change, { ...policy, maxAttempts: 0 })).toMatchObject({
      next: { state: "connecting", attempts: 0, problem: null, final: false }, effects: [{ type: "drop" }, { type: "start_deadline" }, { type: "get_token", fresh: false }],
    });
  });

  it("counts as a loss after so many without a stable connection, so that it cannot go round and round", () => {
    let machine = at("connecting");
    for (let move = 1; move <= MOST_MOVES; move++) machine = step(machine, change, policy).next;
    expect(machine).toMatchObject({ state: "connecting", attempts: 0 });
    expect(step(machine, change, policy)).toMatchObject({ next: { state: "reconnecting", attempts: 1 } });
    expect(step(machine, change, { ...policy, maxAttempts: 0 }).next).toMatchObject({ state: "disconnected", final: true });
    for (const [state, type] of [["connected", "stable"], ["connected", "pause"], ["connected", "reconnect"], ["reconnecting", "reconnect"], ["disconnected", "reconnect"]] as const) {
      expect(step({ ...machine, state }, EVENTS[type], policy).next.moves).toBe(0);
    }
  });
});

describe("a page that nobody looks at", () => {
  const paused = step(at("connected"), EVENTS.pause, policy).next;

  it("lets the connection go, and nothing brings it back but a look or the application", () => {
    expect(paused).toMatchObject({ state: "reconnecting", paused: true, problem: null, attempts: 0 });
    for (const type of ["online", "connect", "pause"] as const) expect(step(paused, EVENTS[type], policy).next).toMatchObject({ state: "reconnecting", paused: true });
    for (const type of ["visible", "reconnect"] as const) expect(step(paused, EVENTS[type], policy).next).toMatchObject({ state: "connecting", paused: false });
  });

  it("waits for the network too when it is looked at while offline", () => {
    const looked = step(step(paused, EVENTS.offline, policy).next, EVENTS.visible, policy).next;
    expect(looked).toMatchObject({ state: "reconnecting", paused: false, problem: OFFLINE });
    expect(step(looked, EVENTS.online, policy).next.state).toBe("connecting");
  });

  it("knows that the network is back when it is looked at", () => {
    const back = step(step(paused, EVENTS.offline, policy).next, EVENTS.online, policy).next;
    expect(back).toMatchObject({ paused: true, problem: null });
    expect(step(back, EVENTS.visible, policy).next.state).toBe("connecting");
  });

  it("does not end a client that was told to stop", () => {
    expect(step(at("disconnected", { final: true, problem: "x" }), EVENTS.pause, policy)).toEqual({ next: at("disconnected", { final: true, problem: "x" }), effects: [] });
  });
});

describe("goodbye", () => {
  it("is said on logout only", () => {
    expect(step(at("connected"), EVENTS.logout, policy).effects).toContainEqual({ type: "drop", code: GOODBYE_CODE });
    for (const type of ["disconnect", "pause", "offline", "silent"] as const) expect(step(at("connected"), EVENTS[type], policy).effects).toContainEqual({ type: "drop" });
  });
});

describe("a server that does not answer", () => {
  it.each(["connecting", "authenticating"] as const)("is left as such while %s, and nothing else is", (state) => {
    expect(step(at(state), EVENTS.timed_out, policy).effects).toContainEqual({ type: "drop", code: UNANSWERED_CODE });
    for (const type of ["disconnect", "reconnect", "pause", "offline", "closed"] as const) expect(step(at(state), EVENTS[type], policy).effects).toContainEqual({ type: "drop" });
  });
});

describe("offline", () => {
  it("waits without using attempts up", () => {
    const { next, effects } = step(at("connected", { online: false }), EVENTS.closed, policy);
    expect(next).toMatchObject({ state: "reconnecting", problem: OFFLINE, attempts: 0 });
    expect(effects).not.toContainEqual(expect.objectContaining({ type: "schedule_retry" }));
  });

  it("does not begin while offline, but begins with the network", () => {
    const { next } = step(at("disconnected", { online: false }), EVENTS.connect, policy);
    expect(next).toMatchObject({ state: "reconnecting", problem: "You are offline." });
    expect(step(next, EVENTS.visible, policy).next.state).toBe("reconnecting");
    expect(step(next, EVENTS.online, policy).next).toMatchObject({ state: "connecting", online: true });
  });
});
