// Which transport the next attempt uses, and the way back up, with sockets in the test's hand.

import { describe, expect, it } from "vitest";
import { DRAIN_MS, fallbackSocket, FIRST_CLIMB_MS, LONGEST_CLIMB_MS, OPEN_TIMEOUT_MS } from "../src/connection/fallback";
import { PROBE_TIMEOUT_MS } from "../src/connection/probe";
import { encode, GOODBYE_CODE, LEAVE_CODE, LOST_CODE, RECONNECT_NOW_CODE, type Socket, SUB_PROTOCOL, type Transport, UNANSWERED_CODE } from "../src/connection/transport";
import { createLog } from "../src/log";
import { HandCarrier, type HandSocket, Heard } from "./support/fake-carrier";
import { ManualClock } from "../../testing/src/manual-clock";

const AUTH = encode({ type: "auth", token: "t1" });
const FRAME = '{"type":"welcome"}';

function world(count = 3) {
  const clock = new ManualClock();
  const carriers = [new HandCarrier(), new HandCarrier(), new HandCarrier()] as const;
  const names: readonly Transport[] = ["websocket", "sse", "polling"];
  const named = carriers.slice(0, count).map((carrier, index) => ({ name: names[index]!, open: carrier.open }));
  const open = fallbackSocket({ carriers: [named[0]!, ...named.slice(1)], clock, log: createLog("silent") });
  const attempt = () => {
    const heard = new Heard();
    return { heard, socket: open("ws://tutti.test/ws", "any", heard) };
  };
  return { clock, ws: carriers[0], sse: carriers[1], polling: carriers[2], attempt };
}
type World = ReturnType<typeof world>;

const refuse = (carrier: HandCarrier, code = LOST_CODE): void => carrier.last.handlers.closed(code, "");
const counts = (made: World): number[] => [made.ws, made.sse, made.polling].map((carrier) => carrier.sockets.length);

/** A session over SSE, because the WebSocket was refused. */
function onSse(made: World): ReturnType<World["attempt"]> & { inner: HandSocket } {
  const { heard, socket } = made.attempt();
  refuse(made.ws);
  const inner = made.sse.last;
  inner.handlers.opened({ transport: "sse", protocol: SUB_PROTOCOL });
  socket.send(AUTH);
  inner.handlers.message(FRAME);
  return { heard, socket, inner };
}

describe("going down", () => {
  it("goes on to the next transport within the attempt, and tells what carries the frames", () => {
    const made = world();
    const { heard, socket } = made.attempt();
    refuse(made.ws);
    made.sse.last.handlers.opened({ transport: "sse", protocol: SUB_PROTOCOL });
    socket.send("x");
    expect(heard.told).toEqual([["opened", { transport: "sse", protocol: SUB_PROTOCOL }]]);
    expect([made.sse.last.sent, counts(made)]).toEqual([["x"], [1, 1, 0]]);
  });

  it("fails when nothing opens, and begins with the best again, for it is the server that is not there", () => {
    const made = world();
    for (let round = 1; round <= 3; round++) {
      const { heard } = made.attempt();
      for (const carrier of [made.ws, made.sse]) refuse(carrier);
      expect([heard.told, made.clock.waiting]).toEqual([[], 0]);
      refuse(made.polling, 1013);
      expect(heard.told).toEqual([["closed", 1013, ""]]);
      expect(counts(made)).toEqual([round, round, round]);
    }
  });

  it("passes over what opened and was lost without a word, until all are like that", () => {
    const made = world();
    const order = [made.ws, made.sse, made.polling, made.ws];
    for (const carrier of order) {
      const { heard } = made.attempt();
      carrier.last.handlers.opened();
      refuse(carrier);
      expect(heard.of("closed")).toEqual([LOST_CODE]);
    }
    expect(counts(made)).toEqual([2, 1, 1]);
  });

  it.each([
    ["is refused", (made: World) => refuse(made.ws)],
    ["is not answered before the driver gives up", (_made: World, socket: Socket) => socket.close(UNANSWERED_CODE)],
  ])("tries everything again when the last one that it trusts %s", (_name, fail) => {
    const made = world();
    for (const carrier of [made.sse, made.polling]) {
      made.attempt();
      refuse(made.ws);
      carrier.last.handlers.opened();
      refuse(carrier);
    }
    fail(made, made.attempt().socket);
    expect(counts(made)).toEqual([3, 1, 1]);
    made.attempt();
    refuse(made.ws);
    expect(counts(made)).toEqual([4, 2, 1]);
  });

  it("passes over what opened and stayed silent until the driver gave up", () => {
    const made = world();
    const { socket } = made.attempt();
    made.ws.last.handlers.opened();
    socket.send(AUTH);
    socket.close(UNANSWERED_CODE);
    expect(made.ws.last.closedWith).toBe(UNANSWERED_CODE);
    made.attempt();
    expect(counts(made)).toEqual([1, 1, 0]);
  });

  it.each([LEAVE_CODE, GOODBYE_CODE])("does not blame what the driver left with %i for reasons of its own", (code) => {
    const made = world();
    for (let count = 0; count < 3; count++) {
      const { socket } = made.attempt();
      made.ws.last.handlers.opened();
      socket.send(AUTH);
      socket.close(code);
    }
    expect(counts(made)).toEqual([3, 0, 0]);
  });

  it.each([1001, 4001, 4029, 4102])("does not blame the transport for close code %i, which the server said", (code) => {
    const made = world();
    for (let count = 0; count < 3; count++) {
      made.attempt();
      made.ws.last.handlers.opened();
      refuse(made.ws, code);
    }
    expect(counts(made)).toEqual([3, 0, 0]);
  });

  it("does not blame a transport for a session that was lost", () => {
    const made = world();
    for (let count = 0; count < 3; count++) {
      made.attempt();
      made.ws.last.handlers.opened();
      made.ws.last.handlers.message(FRAME);
      refuse(made.ws);
    }
    expect(counts(made)).toEqual([3, 0, 0]);
  });

  it("does not blame a transport that the driver left before it opened", () => {
    const made = world();
    for (let count = 0; count < 3; count++) made.attempt().socket.close(LEAVE_CODE);
    expect(counts(made)).toEqual([3, 0, 0]);
  });

  it("gives a socket 5 s to open, and passes it over the next time", async () => {
    const made = world();
    const { heard } = made.attempt();
    await made.clock.advance(OPEN_TIMEOUT_MS - 1);
    expect(counts(made)).toEqual([1, 0, 0]);
    await made.clock.advance(1);
    expect(counts(made)).toEqual([1, 1, 0]);
    expect(made.ws.last.closedWith).toBe(LEAVE_CODE);
    made.ws.last.handlers.opened();
    made.ws.last.handlers.message(FRAME);
    refuse(made.ws);
    expect(heard.told).toEqual([]);
    made.attempt();
    expect(counts(made)).toEqual([1, 2, 0]);
  });

  it("goes on where there is no WebSocket at all", () => {
    const clock = new ManualClock();
    const sse = new HandCarrier();
    const missing = () => { throw new ReferenceError("WebSocket is not defined"); };
    const open = fallbackSocket({ carriers: [{ name: "websocket", open: missing }, { name: "sse", open: sse.open }], clock, log: createLog("silent") });
    open("", "", new Heard());
    expect([sse.sockets.length, clock.waiting]).toEqual([1, 0]);
    const alone = fallbackSocket({ carriers: [{ name: "websocket", open: missing }], clock, log: createLog("silent") });
    expect(() => alone("", "", new Heard())).toThrow(ReferenceError);
  });

  it("stays with the only transport there is, and sets no time for it", () => {
    const made = world(1);
    for (let count = 0; count < 3; count++) {
      const { heard } = made.attempt();
      refuse(made.ws);
      expect(heard.of("closed")).toEqual([LOST_CODE]);
    }
    made.attempt();
    expect([counts(made), made.clock.waiting]).toEqual([[4, 0, 0], 0]);
  });
});

describe("climbing back", () => {
  it("signs in over the better one, and only when a frame comes lets the worse one go", async () => {
    const made = world();
    const { heard, inner } = onSse(made);
    await made.clock.advance(FIRST_CLIMB_MS);
    const probe = made.ws.last;
    expect(probe.protocol).toBe(SUB_PROTOCOL);
    probe.handlers.opened();
    expect(probe.sent).toEqual([AUTH]);
    expect([inner.closedWith, heard.of("closed")]).toEqual([null, []]);
    probe.handlers.message(FRAME);
    expect(probe.closedWith).toBe(LEAVE_CODE);
    expect(inner.closedWith).toBe(LEAVE_CODE);
    expect(heard.of("closed")).toEqual([RECONNECT_NOW_CODE]);
    made.attempt();
    expect(counts(made)).toEqual([3, 1, 0]);
  });

  it("looks less and less often, and does not disturb the session", async () => {
    const made = world();
    const { heard } = onSse(made);
    for (let wait = FIRST_CLIMB_MS, probes = 1; probes < 9; probes++, wait = Math.min(wait * 2, LONGEST_CLIMB_MS)) {
      await made.clock.advance(wait - 1);
      expect(made.ws.sockets).toHaveLength(probes);
      await made.clock.advance(1);
      expect(made.ws.sockets).toHaveLength(probes + 1);
      made.ws.last.handlers.closed(LOST_CODE, "");
    }
    expect(heard.of("closed")).toEqual([]);
  });

  it("gives up a probe that stays silent", async () => {
    const made = world();
    onSse(made);
    await made.clock.advance(FIRST_CLIMB_MS);
    made.ws.last.handlers.opened();
    await made.clock.advance(PROBE_TIMEOUT_MS);
    expect(made.ws.last.closedWith).toBe(LEAVE_CODE);
    expect(made.clock.waiting).toBe(1);
  });

  it("uses the latest token", async () => {
    const made = world();
    const { socket } = onSse(made);
    const fresh = encode({ type: "auth", token: "t2" }, 7);
    socket.send(fresh);
    socket.send(encode({ type: "message", conversation_id: "c", message: '{"type":"auth","token":"no"}' }, 8));
    await made.clock.advance(FIRST_CLIMB_MS);
    made.ws.last.handlers.opened();
    expect(made.ws.last.sent).toEqual([encode({ type: "auth", token: "t2" })]);
  });

  it("tries from polling the WebSocket first and the stream next", async () => {
    const made = world();
    const { heard, socket } = made.attempt();
    for (const carrier of [made.ws, made.sse]) refuse(carrier);
    made.polling.last.handlers.opened();
    socket.send(AUTH);
    made.polling.last.handlers.message(FRAME);
    await made.clock.advance(FIRST_CLIMB_MS);
    made.ws.last.handlers.closed(LOST_CODE, "");
    made.sse.last.handlers.opened();
    made.sse.last.handlers.message(FRAME);
    expect(heard.of("closed")).toEqual([RECONNECT_NOW_CODE]);
    made.attempt();
    expect(counts(made)).toEqual([2, 3, 1]);
  });

  it("waits for replies that are under way, but not for ever", async () => {
    const made = world();
    const { heard, inner } = onSse(made);
    inner.busy = true;
    await made.clock.advance(FIRST_CLIMB_MS);
    made.ws.last.handlers.message(FRAME);
    await made.clock.advance(DRAIN_MS - 1);
    expect(heard.of("closed")).toEqual([]);
    await made.clock.advance(1);
    expect(heard.of("closed")).toEqual([RECONNECT_NOW_CODE]);
    const other = world();
    const second = onSse(other);
    second.inner.busy = true;
    await other.clock.advance(FIRST_CLIMB_MS);
    other.ws.last.handlers.message(FRAME);
    second.inner.busy = false;
    await other.clock.advance(100);
    expect(second.heard.of("closed")).toEqual([RECONNECT_NOW_CODE]);
  });

  it("is not misled by a better one that does not hold what it promised", async () => {
    const made = world();
    onSse(made);
    await made.clock.advance(FIRST_CLIMB_MS);
    made.ws.last.handlers.message(FRAME);
    made.attempt();
    made.ws.last.handlers.opened();
    refuse(made.ws);
    made.attempt();
    expect(counts(made)).toEqual([3, 2, 0]);
  });

  it("passes over what a probe found silent, until a later one finds it works", async () => {
    const made = world();
    const { inner } = onSse(made);
    await made.clock.advance(FIRST_CLIMB_MS + PROBE_TIMEOUT_MS);
    inner.handlers.closed(LOST_CODE, "");
    const { socket } = made.attempt();
    expect(counts(made)).toEqual([2, 2, 0]);
    made.sse.last.handlers.opened();
    socket.send(AUTH);
    made.sse.last.handlers.message(FRAME);
    await made.clock.advance(4 * FIRST_CLIMB_MS);
    made.ws.last.handlers.message(FRAME);
    made.attempt();
    expect(counts(made)).toEqual([4, 2, 0]);
  });

  it("leaves no timer and no probe behind, and hears nothing any more", async () => {
    const made = world();
    const { heard, socket, inner } = onSse(made);
    await made.clock.advance(FIRST_CLIMB_MS);
    socket.close(LEAVE_CODE);
    expect(made.ws.last.closedWith).toBe(LEAVE_CODE);
    expect(made.clock.waiting).toBe(0);
    const before = heard.told.length;
    made.ws.last.handlers.message(FRAME);
    inner.handlers.message(FRAME);
    inner.handlers.closed(LOST_CODE, "");
    expect(heard.told).toHaveLength(before);
  });
});
