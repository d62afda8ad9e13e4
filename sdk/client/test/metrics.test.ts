// What the connection counts, and the one word for how good it is.

import { describe, expect, it, vi } from "vitest";
import type { MetricEvent } from "../src/index";
import { FAIR_LATENCY_MS, GOOD_LATENCY_MS, MANY_RECONNECTS, Metrics, RECENT_MS } from "../src/connection/metrics";
import { createLog } from "../src/log";
import { FakeHttp } from "./support/fake-http";
import { ManualClock, settle } from "../../testing/src/manual-clock";
import { connectedWorld, reconnect, world } from "./support/world";

const LOST = { type: "closed", code: 1006, sessionMs: 0 } as const;

function measured(tell?: (event: MetricEvent) => void) {
  const clock = new ManualClock();
  const errors: unknown[][] = [];
  const metrics = new Metrics({ clock, log: createLog("error", (...line) => errors.push(line)), tell });
  const comeBack = (): void => {
    metrics.changed("connected", "reconnecting", LOST);
    metrics.changed("authenticating", "connected", { type: "welcomed" });
  };
  return { clock, metrics, errors, comeBack, quality: () => metrics.store.snapshot().quality };
}

function connected(tell?: (event: MetricEvent) => void) {
  const made = measured(tell);
  made.metrics.changed("authenticating", "connected", { type: "welcomed" });
  return made;
}

describe("counting", () => {
  it("counts frames and bytes in both directions", async () => {
    const { client, server, clock } = await connectedWorld();
    const before = client.metrics.snapshot();
    server.socket.push({ type: "typing", conversation_id: "room", user_id: "bób", is_typing: true });
    void client.request({ type: "presence_set", status: "away" });
    await clock.advance(1000);
    const after = client.metrics.snapshot();
    expect([after.sent - before.sent, after.received - before.received]).toEqual([1, 2]);
    expect(after.sentBytes - before.sentBytes).toBe(JSON.stringify(server.socket.sent.at(-1)).length);
    const typing = '{"type":"typing","conversation_id":"room","user_id":"bob","is_typing":true}';
    const answer = JSON.stringify({ type: "presence_set_ok", status: "away", text: null, ref: server.socket.sent.at(-1)?.ref });
    expect(after.receivedBytes - before.receivedBytes).toBe(typing.length + 1 + answer.length);
  });

  it("tells its watchers of frames at most once a second", async () => {
    const { client, server, clock } = await connectedWorld();
    await clock.advance(1000);
    let told = 0;
    client.metrics.subscribe(() => told++);
    for (let count = 0; count < 50; count++) server.socket.push({ type: "typing", conversation_id: "room", user_id: "bob", is_typing: true });
    expect(told).toBe(0);
    await clock.advance(1000);
    expect(told).toBe(1);
  });

  it("counts errors: refusals, what is not understood, lost connections, missing tokens", async () => {
    const codes: unknown[] = [];
    const made = await connectedWorld({ onMetric: (event) => event.type === "error" && codes.push(event.code) });
    made.server.socket.push({ type: "error", code: "not_found", message: "", retryable: false });
    made.server.socket.handlers.message("nonsense");
    await reconnect(made, {});
    expect(codes).toEqual(["not_found", "unreadable", 1006]);
    expect(made.client.metrics.snapshot()).toMatchObject({ errors: 3, reconnects: 1 });
    const other = world({ token: () => Promise.reject(new Error("no")), onMetric: (event) => event.type === "error" && codes.push(event.code) });
    other.client.connect();
    await settle();
    expect(codes.at(-1)).toBe("token");
  });

  it("counts as a reconnect only what was lost and came back, and for how long it was gone", async () => {
    const events: MetricEvent[] = [];
    const made = await connectedWorld({ onMetric: (event) => event.type === "reconnect" && events.push(event) });
    await reconnect(made, {});
    expect(events).toEqual([{ type: "reconnect", downMs: 1000 }]);
    made.client.disconnect();
    made.client.connect();
    made.client.reconnect();
    await settle();
    expect(made.client.metrics.snapshot().reconnects).toBe(1);
  });

  it("leaves no timer behind", async () => {
    const { client, server, clock } = await connectedWorld();
    server.socket.push({ type: "typing", conversation_id: "room", user_id: "bob", is_typing: true });
    client.disconnect();
    expect(clock.waiting).toBe(0);
  });
});

describe("latency", () => {
  it("is smoothed", () => {
    const { metrics } = connected();
    metrics.latency(100);
    expect(metrics.store.snapshot().latencyMs).toBe(100);
    metrics.latency(900);
    expect(metrics.store.snapshot().latencyMs).toBe(200);
  });

  it("is measured once a minute where frames come all the time", async () => {
    const { server, clock } = await connectedWorld();
    for (let second = 0; second < 59; second++) {
      server.socket.push({ type: "typing", conversation_id: "room", user_id: "bob", is_typing: true });
      await clock.advance(1000);
    }
    expect(server.socket.of("ping")).toHaveLength(1);
    await clock.advance(1000);
    expect(server.socket.of("ping")).toHaveLength(2);
  });
});

describe("quality", () => {
  it("is unknown before the first connection, and poor without one later", () => {
    const { metrics, quality } = measured();
    metrics.changed("disconnected", "connecting", { type: "connect" });
    expect(quality()).toBeNull();
    metrics.changed("authenticating", "connected", { type: "welcomed" });
    expect(quality()).toBe("good");
    metrics.changed("connected", "reconnecting", { type: "silent" });
    expect(quality()).toBe("poor");
  });

  it.each([[GOOD_LATENCY_MS, "good"], [GOOD_LATENCY_MS + 1, "fair"], [FAIR_LATENCY_MS, "fair"], [FAIR_LATENCY_MS + 1, "poor"]])("with %i ms is %s", (ms, expected) => {
    const { metrics, quality } = connected();
    metrics.latency(ms);
    expect(quality()).toBe(expected);
  });

  it("is poor from a ping without an answer to the next with one", async () => {
    const { client, server, clock } = await connectedWorld();
    server.answers.set("ping", () => undefined);
    await clock.advance(25_000);
    server.socket.push({ type: "typing", conversation_id: "room", user_id: "bob", is_typing: true });
    await clock.advance(10_000);
    expect(client.connection.snapshot().state).toBe("connected");
    expect(client.metrics.snapshot().quality).toBe("poor");
    server.answers.delete("ping");
    await clock.advance(60_000);
    expect(client.metrics.snapshot().quality).toBe("good");
  });

  it("suffers from reconnects for five minutes", async () => {
    const { clock, metrics, comeBack, quality } = connected();
    comeBack();
    expect(quality()).toBe("fair");
    for (let count = 1; count < MANY_RECONNECTS; count++) comeBack();
    expect(quality()).toBe("poor");
    await clock.advance(RECENT_MS);
    metrics.latency(10);
    expect(quality()).toBe("good");
  });

  it("is no better than fair while polling", async () => {
    const { client } = world({ transports: ["polling"], fetch: new FakeHttp().fetch });
    client.connect();
    await vi.waitUntil(() => client.connection.snapshot().state === "connected");
    expect(client.connection.snapshot().transport).toBe("polling");
    expect(client.metrics.snapshot().quality).toBe("fair");
    client.disconnect();
    expect(client.connection.snapshot().transport).toBeNull();
  });
});

describe("onMetric", () => {
  it("is told what happens, in order", async () => {
    const events: MetricEvent[] = [];
    const { client } = await connectedWorld({ onMetric: (event) => events.push(event) });
    client.disconnect();
    expect(events.filter((event) => event.type !== "frame")).toEqual([
      { type: "state", from: "disconnected", to: "connecting" },
      { type: "transport", transport: "websocket" },
      { type: "state", from: "connecting", to: "authenticating" },
      { type: "state", from: "authenticating", to: "connected" },
      { type: "quality", quality: "good" },
      { type: "latency", latencyMs: 0, smoothedMs: 0 },
      { type: "state", from: "connected", to: "disconnected" },
      { type: "quality", quality: "poor" },
    ]);
    expect(events.find((event) => event.type === "frame")).toEqual({ type: "frame", direction: "out", frame: "auth", bytes: '{"type":"auth","token":"token"}'.length });
  });

  it("may throw without harm", () => {
    const { metrics, errors } = connected(() => { throw new Error("the application's own mistake"); });
    metrics.received("pong", 10);
    expect(metrics.store.snapshot().quality).toBe("good");
    expect(errors.length).toBeGreaterThan(0);
  });
});
