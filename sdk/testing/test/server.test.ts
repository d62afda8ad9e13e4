// The server as tests hold it: clients, a look at what was sent, acting as somebody else, settings.

import { describe, expect, it } from "vitest";
import { TuttiError, type TuttiClient } from "@tutti/client";
import { FakeServer } from "../src/index";
import { MOST_KEPT } from "../src/records";

describe("clients", () => {
  it("are connected, and see each other", async () => {
    const server = new FakeServer();
    server.user("alice", { name: "Alice" });
    const [alice, bob] = await Promise.all([server.client("alice"), server.client("bob")]);
    expect(alice.connection.snapshot()).toMatchObject({ state: "connected", user: { id: "alice", name: "Alice" } });
    const { id } = await alice.conversations.create({ kind: "direct", member_ids: ["bob"] });
    await alice.conversation(id).send({ message: "Hello" });
    await bob.conversation(id).load();
    expect(bob.conversation(id).snapshot().messages).toMatchObject([{ message: "Hello", sender_id: "alice" }]);
    expect((await bob.api.members(id)).members.map(({ name }) => name)).toEqual(["Alice", null]);
  });

  it("of one user are at most five", async () => {
    const server = new FakeServer();
    const clients: TuttiClient[] = [];
    for (let n = 0; n < 6; n++) clients.push(await server.client("alice"));
    expect(server.connections("alice")).toBe(5);
    expect(clients.map((client) => client.connection.snapshot().final)).toEqual([false, false, false, false, false, true]);
    expect(clients[5]?.connection.snapshot().problem).toContain("Too many connections");
  });

  it("set no real timer and leave none behind", async () => {
    const server = new FakeServer();
    const alice = await server.client("alice");
    expect(server.clock.waiting).toBeGreaterThan(0);
    alice.logout();
    await server.clock.advance(0);
    expect(server.frames("alice").at(-1)).toMatchObject({ type: "logout" });
    expect([server.clock.waiting, server.connections("alice")]).toEqual([0, 0]);
  });
});

describe("inspection", () => {
  it("tells what was sent and asked, by user", async () => {
    const server = new FakeServer();
    const alice = await server.client("alice");
    await alice.request({ type: "presence_set", status: "busy" });
    await alice.api.users("al");
    expect(server.frames("alice").map(({ type }) => type)).toEqual(["auth", "ping", "presence_set"]);
    expect(server.requests("alice")).toContain("GET /users?query=al");
    expect([server.frames("bob"), server.requests("bob")]).toEqual([[], []]);
  });

  it("keeps so much and no more", async () => {
    const server = new FakeServer();
    const alice = await server.client("alice");
    await Promise.all(Array.from({ length: MOST_KEPT + 5 }, () => alice.request({ type: "ping" })));
    expect(server.frames("alice")).toHaveLength(MOST_KEPT);
  });
});

describe("acting as somebody else", () => {
  it("sends, publishes and does whatever a command says", async () => {
    const server = new FakeServer();
    const alice = await server.client("alice");
    const heard: unknown[] = [];
    alice.on("message", ({ message }) => heard.push(message.message));
    alice.on("typing", ({ user_id, is_typing }) => heard.push([user_id, is_typing]));
    alice.on("publication", ({ from, data }) => heard.push([from, data]));
    const { conversation_id } = server.message({ from: "bob", to: "alice", message: "Hello" });
    server.act("bob", { type: "typing", conversation_id, is_typing: true });
    await alice.request({ type: "subscribe", channel: "public:a" });
    expect(server.publish("public:a", { n: 1 })).toMatchObject({ offset: 1, duplicate: false });
    server.publish("public:a", 2, { from: "bob", client_id: "c" });
    expect(server.publish("public:a", 2, { from: "bob", client_id: "c" })).toMatchObject({ offset: 2, duplicate: true });
    await server.clock.advance(6000);
    expect(heard).toEqual(["Hello", ["bob", true], [null, { n: 1 }], ["bob", 2], ["bob", false]]);
  });

  it("is refused as an application is", () => {
    const server = new FakeServer();
    const refusal = (act: () => unknown): unknown => {
      try {
        return act();
      } catch (error) {
        expect(error).toBeInstanceOf(TuttiError);
        return (error as TuttiError).code;
      }
    };
    expect([
      refusal(() => server.message({ from: "bob", conversation_id: "nope", message: "x" })),
      refusal(() => server.message({ from: "bob", to: "alice", message: "" })),
      refusal(() => server.act("bob", { type: "subscribe", channel: "public:a" })),
      refusal(() => server.publish("nowhere:a", 1)),
      refusal(() => server.conversation("bob", { title: "", member_ids: [] })),
    ]).toEqual(["not_found", "validation_failed", "invalid_request", "not_found", "validation_failed"]);
  });

  it("gives copies: what a test changes does not change the server", () => {
    const server = new FakeServer();
    const metadata = { deep: { n: 1 } };
    const first = server.message({ from: "bob", to: "alice", message: "Hello", metadata });
    metadata.deep.n = 2;
    first.metadata["deep"] = null;
    const page = server.act("alice", { type: "history", conversation_id: first.conversation_id });
    expect(page).toMatchObject({ messages: [{ metadata: { deep: { n: 1 } } }] });
  });
});

describe("settings", () => {
  it("bound what a user may do, and give it back one by one", async () => {
    const server = new FakeServer({ rates: { history: { count: 2, perMs: 1000 } } });
    const alice = await server.client("alice");
    const { id } = await alice.api.createConversation({ member_ids: [] });
    const ask = (): Promise<unknown> => alice.api.messages(id).then(() => "ok", (error: TuttiError) => [error.code, error.retryAfterMs]);
    expect([await ask(), await ask(), await ask()]).toEqual(["ok", "ok", ["rate_limited", 500]]);
    await server.clock.advance(500);
    expect([await ask(), await ask()]).toEqual(["ok", ["rate_limited", 500]]);
  });

  it("say who may do what in a namespace", async () => {
    const server = new FakeServer({ namespaces: { news: { publish: "role:editor", rate: { count: 1, perMs: 1000 }, maxMembers: 1 }, closed: { subscribe: "nobody" } } });
    server.user("erin", { roles: ["editor"] });
    const [alice, erin] = [await server.client("alice"), await server.client("erin")];
    const ask = (client: TuttiClient, command: Parameters<TuttiClient["request"]>[0]): Promise<unknown> => client.request(command).then((reply) => reply.type, (error: TuttiError) => error.code);
    expect([
      await ask(alice, { type: "publish", channel: "news:a", data: 1 }), await ask(erin, { type: "publish", channel: "news:a", data: 1 }), await ask(erin, { type: "publish", channel: "news:a", data: 1 }),
      await ask(alice, { type: "subscribe", channel: "news:a" }), await ask(erin, { type: "subscribe", channel: "news:a" }), await ask(alice, { type: "subscribe", channel: "closed:a" }), await ask(alice, { type: "subscribe", channel: "public:a" }),
    ]).toEqual(["forbidden", "published", "rate_limited", "subscribed", "conflict", "forbidden", "not_found"]);
    expect(server.publish("closed:a", 1)).toMatchObject({ offset: 1 });
  });

  it("say how long a lost user is still shown", async () => {
    const server = new FakeServer({ graceMs: 5000 });
    const [alice, bob] = [await server.client("alice"), await server.client("bob", { maxAttempts: 0 })];
    server.conversation("alice", { member_ids: ["bob"] });
    const stop = alice.presence.follow(["bob"]);
    await server.clock.advance(100);
    const lostAt = server.clock.now();
    server.disconnect("bob");
    await server.clock.advance(4999);
    expect(alice.presence.of("bob").snapshot()).toMatchObject({ status: "online" });
    await server.clock.advance(1);
    expect(alice.presence.of("bob").snapshot()).toMatchObject({ status: "offline", last_seen_at: new Date(lostAt).toISOString() });
    expect(bob.connection.snapshot().final).toBe(true);
    stop();
  });
});
