// What a test can make go wrong, as the SDK lives through it.

import { beforeEach, describe, expect, it } from "vitest";
import { createClient, type TuttiClient } from "@tutti/client";
import { FakeServer, settle } from "../src/index";

let server: FakeServer;
let alice: TuttiClient;
let room: string;

beforeEach(async () => {
  server = new FakeServer();
  room = server.conversation("alice", { title: "room", member_ids: ["bob"] }).id;
  alice = await server.client("alice");
});

const state = (): string => alice.connection.snapshot().state;
const stored = (): string[] => {
  const page = server.act("bob", { type: "history", conversation_id: room });
  return page?.type === "history" ? page.messages.map(({ message }) => message) : [];
};

describe("disconnect", () => {
  it("breaks connections off without a word, and the client resumes", async () => {
    await alice.conversation(room).load();
    server.disconnect("alice");
    await settle();
    expect([state(), server.connections("alice")]).toEqual(["reconnecting", 0]);
    server.message({ from: "bob", conversation_id: room, message: "missed" });
    await server.clock.advance(1000);
    expect(state()).toBe("connected");
    expect(alice.conversation(room).snapshot().messages.map(({ message }) => message)).toEqual(["missed"]);
    expect(server.requests("alice").filter((request) => request.includes("/messages"))).toHaveLength(1);
  });

  it("ends them for good with a code that says so", async () => {
    server.disconnect("alice", { code: 4004 });
    await settle();
    expect(alice.connection.snapshot()).toMatchObject({ state: "disconnected", final: true, problem: "Your access was revoked." });
  });

  it("takes the server's advice from the reason", async () => {
    server.disconnect("alice", { code: 1001, reason: "going away; retry_after_ms=70" });
    await server.clock.advance(69);
    expect(state()).toBe("reconnecting");
    await server.clock.advance(1);
    expect(state()).toBe("connected");
  });
});

describe("refuseConnections", () => {
  it("refuses so many and no more", async () => {
    server.refuseConnections(2);
    server.disconnect("alice");
    await server.clock.advance(1000);
    expect([state(), alice.connection.snapshot().attempts]).toEqual(["reconnecting", 2]);
    await server.clock.advance(10_000);
    expect(state()).toBe("connected");
  });

  it("refuses all until it is ended", async () => {
    server.refuseConnections(Infinity);
    server.disconnect("alice");
    await server.clock.advance(120_000);
    expect(alice.connection.snapshot()).toMatchObject({ state: "disconnected", final: true });
    server.refuseConnections(0);
    alice.reconnect();
    await server.clock.advance(0);
    expect(state()).toBe("connected");
  });
});

describe("delay", () => {
  it("holds back replies, pushes and HTTP, in their order", async () => {
    server.delay(200);
    const heard: string[] = [];
    alice.on("message", ({ message }) => heard.push(message.message));
    alice.on("message_sent", () => heard.push("sent"));
    void alice.request({ type: "message", conversation_id: room, message: "x" });
    await settle();
    server.message({ from: "bob", conversation_id: room, message: "one" });
    server.delay(0);
    server.message({ from: "bob", conversation_id: room, message: "two" });
    await server.clock.advance(199);
    expect(heard).toEqual([]);
    await server.clock.advance(1);
    expect(heard).toEqual(["sent", "one", "two"]);
    server.delay(50);
    let answered = false;
    void alice.api.unread().then(() => (answered = true));
    await server.clock.advance(49);
    expect(answered).toBe(false);
    await server.clock.advance(1);
    expect(answered).toBe(true);
  });

  it("lets the client give up", async () => {
    server.delay(60_000);
    const asked = Promise.allSettled([alice.request({ type: "ping" }), alice.api.unread()]);
    await server.clock.advance(31_000);
    expect(await asked).toMatchObject([{ reason: { name: "TuttiError" } }, { reason: { code: "timeout" } }]);
  });
});

describe("fail", () => {
  it("refuses the next command, which is not carried out", async () => {
    server.fail("message", { code: "rate_limited", retryAfterMs: 700 });
    const sending = alice.conversation(room).send({ message: "patient" });
    await server.clock.advance(699);
    expect(stored()).toEqual([]);
    await server.clock.advance(1);
    expect(await sending).toMatchObject({ seq: 1 });
    expect(stored()).toEqual(["patient"]);
  });

  it("refuses so many, one after another in their order, and only what it names", async () => {
    server.fail("history", { code: "forbidden", message: "not you", times: 2 });
    server.fail("history", { code: "internal" });
    const codes = [];
    for (let n = 0; n < 4; n++) codes.push(await alice.request({ type: "history", conversation_id: room }).then((reply) => reply.type, (error: { code: string }) => error.code));
    expect(codes).toEqual(["forbidden", "forbidden", "internal", "history"]);
    await expect(alice.request({ type: "ping" })).resolves.toMatchObject({ type: "pong" });
  });

  it("refuses HTTP by route", async () => {
    server.fail("GET /conversations/{id}", { code: "unavailable", retryAfterMs: 1500 });
    await expect(alice.api.conversation(room)).rejects.toMatchObject({ code: "unavailable", retryable: true, retryAfterMs: 1500 });
    await expect(alice.api.conversation(room)).resolves.toMatchObject({ id: room });
  });

  it("refuses a sign-in", async () => {
    // Once the token that was at hand, and once the fresh one.
    server.fail("auth", { code: "unauthenticated", times: 2 });
    const bob = await server.client("bob");
    expect(bob.connection.snapshot()).toMatchObject({ state: "disconnected", final: true });
  });
});

describe("drop", () => {
  it("loses the answer to what was carried out, and the message is stored once", async () => {
    server.drop("message");
    const sending = alice.conversation(room).send({ message: "once" });
    await server.clock.advance(20_000);
    expect(await sending).toMatchObject({ seq: 1 });
    expect(stored()).toEqual(["once"]);
    expect(server.frames("alice").filter(({ type }) => type === "message")).toHaveLength(2);
  });

  it("loses answers over HTTP", async () => {
    server.drop("GET /unread", 2);
    for (let n = 0; n < 2; n++) await expect(alice.api.unread()).rejects.toMatchObject({ code: "network" });
    await expect(alice.api.unread()).resolves.toMatchObject({ total: 0 });
  });
});

describe("restart", () => {
  it.each([{ crash: false }, { crash: true }])("keeps conversations and nothing that is live, %o", async (how) => {
    const stop = alice.presence.follow(["bob"]);
    const bob = await server.client("bob");
    await alice.request({ type: "subscribe", channel: "public:a" });
    const before = server.publish("public:a", 1);
    server.message({ from: "bob", conversation_id: room, message: "kept" });
    await server.clock.advance(100);
    expect(alice.presence.of("bob").snapshot()?.status).toBe("online");
    server.restart(how);
    expect([server.connections("alice"), server.connections("bob")]).toEqual([0, 0]);
    bob.disconnect();
    await server.clock.advance(1100);
    expect(state()).toBe("connected");
    expect(alice.presence.of("bob").snapshot()?.status).toBe("offline");
    expect(stored()).toEqual(["kept"]);
    const after = server.publish("public:a", 1);
    expect([after.offset, after.epoch === before.epoch]).toEqual([1, false]);
    stop();
  });

  it("says goodbye unless it crashes", async () => {
    server.restart();
    await server.clock.advance(0);
    expect(state()).toBe("connected");
    server.restart({ crash: true });
    await server.clock.advance(999);
    expect(state()).toBe("reconnecting");
  });
});

it("forgets events, and whoever missed some loads afresh", async () => {
  const welcomes: { resumed: boolean; reset: string[] }[] = [];
  alice.on("welcome", ({ resumed, reset }) => welcomes.push({ resumed, reset }));
  await alice.conversation(room).load();
  server.disconnect("alice");
  server.message({ from: "bob", conversation_id: room, message: "missed" });
  server.forgetEvents();
  await server.clock.advance(1000);
  expect(welcomes).toEqual([{ resumed: true, reset: [room] }]);
  expect(alice.conversation(room).snapshot().messages.map(({ message }) => message)).toEqual(["missed"]);
});

it("expires tokens by its clock, and takes fresh ones", async () => {
  let given = 0;
  const token = (): string => {
    given += 1;
    return server.token("carol", 120_000);
  };
  const carol = await server.client("carol", { token });
  const once = createClient({ ...server.options("dave"), token: server.token("dave", 2000) });
  once.connect();
  await server.clock.advance(300_000);
  expect(carol.connection.snapshot().state).toBe("connected");
  expect(given).toBeGreaterThan(3);
  expect(once.connection.snapshot()).toMatchObject({ final: true, problem: "Your session has expired. Please sign in again." });
});
