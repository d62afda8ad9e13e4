// What is bounded, beside the bounds that scenarios compare with the real server's.

import { expect, it } from "vitest";
import { FakeServer, settle } from "../src/index";
import { MOST_EVENTS } from "../src/chat/state";
import { MOST_ANSWERS } from "../src/http/side";
import { MOST_TYPISTS } from "../src/typing";

it("events are kept up to a number: who missed older ones loads afresh", async () => {
  const server = new FakeServer();
  const alice = await server.client("alice");
  const [quiet, busy] = ["quiet", "busy"].map((title) => server.conversation("alice", { title, member_ids: ["bob"] }).id);
  await server.clock.advance(0);
  const resets: string[][] = [];
  alice.on("welcome", ({ reset }) => resets.push(reset));
  server.disconnect("alice");
  server.message({ from: "bob", conversation_id: quiet ?? "", message: "old" });
  for (let n = 0; n < MOST_EVENTS; n++) server.act("bob", { type: "message", conversation_id: busy ?? "", message: "x" });
  await server.clock.advance(1000);
  expect(resets).toEqual([[quiet, busy]]);
});

it("so many typists of a conversation are shown and no more", async () => {
  const server = new FakeServer();
  const people = Array.from({ length: MOST_TYPISTS + 1 }, (_, n) => `u${n}`);
  const { id } = server.conversation("alice", { member_ids: people });
  const alice = await server.client("alice");
  const typing: string[] = [];
  alice.on("typing", ({ user_id, is_typing }) => void (is_typing && typing.push(user_id)));
  for (const user of people) server.act(user, { type: "typing", conversation_id: id, is_typing: true });
  await server.clock.advance(0);
  expect(typing).toEqual(people.slice(0, MOST_TYPISTS));
});

it("so many answers to POSTs are kept, the newest", async () => {
  const server = new FakeServer();
  const post = async (key: number): Promise<unknown> => {
    const headers = { Authorization: `Bearer ${server.token("alice")}`, "Idempotency-Key": `k${key}` };
    const reply = await server.fetch(`${server.url}/api/v1/channels/public:a/publish`, { method: "POST", headers, body: '{"data":1}' });
    return ((await reply.json()) as { epoch: string }).epoch;
  };
  const first = await post(0);
  for (let n = 1; n <= MOST_ANSWERS; n++) await post(n);
  // The channel is empty now, and would begin a new count.
  await server.clock.advance(300_000);
  expect(await post(MOST_ANSWERS)).toBe(first);
  expect(await post(0)).not.toBe(first);
});

it("members and follows are as many as at the real server", async () => {
  const server = new FakeServer();
  const alice = await server.client("alice");
  const people = Array.from({ length: 999 }, (_, n) => `u${n}`);
  const { id } = await alice.api.createConversation({ member_ids: people });
  await expect(alice.api.addMember(id, { user_id: "one more" })).rejects.toMatchObject({ code: "validation_failed", field: "user_id" });
  await expect(alice.api.createConversation({ member_ids: [...people, "one more"] })).rejects.toMatchObject({ code: "validation_failed", field: "member_ids" });
  for (let at = 0; at < 500; at += 100) await alice.request({ type: "presence_subscribe", user_ids: people.slice(at, at + 100) });
  await expect(alice.request({ type: "presence_subscribe", user_ids: ["u500"] })).rejects.toMatchObject({ code: "validation_failed", field: "user_ids" });
});

it("a replay has so many events in all: the largest conversations are given up", async () => {
  const server = new FakeServer();
  const alice = await server.client("alice");
  const rooms = Array.from({ length: 11 }, (_, n) => server.conversation("bob", { title: `${n}`, member_ids: ["alice"] }).id);
  await server.clock.advance(0);
  const welcomes: { resumed: boolean; reset: string[] }[] = [];
  let replayed = 0;
  alice.on("welcome", ({ resumed, reset }) => welcomes.push({ resumed, reset }));
  alice.on("message", () => (replayed += 1));
  server.disconnect("alice");
  for (const [at, conversation_id] of rooms.entries()) for (let n = 0; n < (at === 3 ? 480 : 460); n++) server.act("bob", { type: "message", conversation_id, message: "x" });
  await server.clock.advance(1000);
  expect(welcomes).toEqual([{ resumed: true, reset: [rooms[3]] }]);
  expect(replayed).toBe(4600);
});

it("a user is in so many conversations", () => {
  const server = new FakeServer();
  for (let n = 0; n < 5000; n++) server.conversation("alice", { member_ids: [] });
  expect(() => server.conversation("alice", { member_ids: [] })).toThrow("a user can be in no more conversations");
  expect(() => server.message({ from: "bob", to: "alice", message: "x" })).toThrow("a user can be in no more conversations");
});

it("a channel keeps publications for a time, and client ids for five minutes and up to a number", async () => {
  const server = new FakeServer({ namespaces: { public: { publish: "anyone", historySize: 10, historyMs: 60_000 } } });
  const publish = (client_id: string): unknown => server.publish("public:a", 1, { from: "bob", client_id }).duplicate;
  const kept = async (): Promise<number> => {
    const reply = await server.fetch(`${server.url}/api/v1/channels/public:a/history`, { headers: { Authorization: `Bearer ${server.token("bob")}` } });
    return ((await reply.json()) as { publications: unknown[] }).publications.length;
  };
  expect([publish("first"), publish("first")]).toEqual([false, true]);
  await server.clock.advance(59_999);
  expect(await kept()).toBe(1);
  await server.clock.advance(1);
  expect(await kept()).toBe(0);
  await server.clock.advance(239_999);
  expect(publish("first")).toBe(true);
  await server.clock.advance(1);
  expect(publish("first")).toBe(false);
  for (let n = 0; n < 1023; n++) publish(`c${n}`);
  expect([await kept(), publish("first"), publish("one more"), publish("first")]).toEqual([10, true, false, false]);
});

it("the first frame is a token and little more", async () => {
  const server = new FakeServer();
  const closed: number[] = [];
  const socket = server.socket("", "", { opened: () => undefined, message: () => undefined, closed: (code) => closed.push(code) });
  socket.send(JSON.stringify({ type: "auth", token: "x".repeat(17_000) }));
  await settle();
  expect(closed).toEqual([1009]);
});
