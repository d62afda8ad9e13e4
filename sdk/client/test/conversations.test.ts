// The list of conversations and its unread counts, kept live.

import { describe, expect, it } from "vitest";
import type { Conversation } from "../src/index";
import { conversation, member, message } from "./support/fixtures";
import { refusal } from "./support/fake-server";
import { settle } from "../../testing/src/manual-clock";
import { connectedWorld, reconnect, type World } from "./support/world";

async function listWorld(...rooms: string[]): Promise<World & { list: World["client"]["conversations"]; find(id: string): Conversation | undefined }> {
  const made = await connectedWorld();
  for (const room of rooms) made.server.room(room);
  const list = made.client.conversations;
  await list.load();
  made.server.requests.length = 0;
  return { ...made, list, find: (id) => list.snapshot().conversations.find((room) => room.id === id) };
}

describe("loading", () => {
  it("loads the first page once, says what went wrong, and can be tried again", async () => {
    const { client, server } = await connectedWorld();
    const list = client.conversations;
    expect(list.snapshot().status).toBe("idle");
    server.replies.set("/conversations", () => refusal(500, "internal"));
    await list.load();
    expect(list.snapshot()).toMatchObject({ status: "error", error: { code: "internal" } });
    server.replies.clear();
    server.room("a");
    server.requests.length = 0;
    await Promise.all([list.load(), list.load()]);
    await list.load();
    expect(list.snapshot()).toMatchObject({ status: "ready", error: null, conversations: [{ id: "a" }], hasMore: false });
    expect(server.requests).toHaveLength(2);
  });

  it("that failed happens again with the next connection while somebody watches, and not otherwise", async () => {
    const made = await connectedWorld();
    const { client, server } = made;
    const list = client.conversations;
    const stop = list.subscribe(() => undefined);
    server.replies.set("/conversations", () => Promise.reject(new TypeError("no network")));
    await list.load();
    await reconnect(made, { resumed: true });
    await settle();
    expect(list.snapshot()).toMatchObject({ status: "error", error: { code: "network" } });
    server.replies.clear();
    server.room("a");
    await reconnect(made, { resumed: true });
    await settle();
    expect(list.snapshot()).toMatchObject({ status: "ready", error: null, conversations: [{ id: "a" }] });
    stop();
    const other = await connectedWorld();
    other.server.replies.set("/conversations", () => refusal(503, "unavailable"));
    await other.client.conversations.load();
    const asked = other.server.requests.length;
    await reconnect(other, { resumed: true });
    await settle();
    expect(other.server.requests).toHaveLength(asked);
  });

  it("pages, and counts what is unread on pages not loaded yet", async () => {
    const { client, server } = await connectedWorld();
    const list = client.conversations;
    server.replies.set("/unread", () => Response.json({ total: 5, mentions: 0, conversations: [
      { conversation_id: "a", unread: 2, mentions: 0, last_read_seq: 0 }, { conversation_id: "b", unread: 3, mentions: 0, last_read_seq: 0 },
    ] }));
    server.replies.set("cursor=next", () => Response.json({ conversations: [conversation("b", { unread: 3 })], next_cursor: null }));
    server.replies.set("/conversations", () => Response.json({ conversations: [conversation("a", { unread: 2, last_message: message(9) })], next_cursor: "next" }));
    await list.load();
    expect(list.snapshot()).toMatchObject({ hasMore: true, unread: 5, conversations: [{ id: "a" }] });
    await Promise.all([list.loadMore(), list.loadMore()]);
    await list.loadMore();
    expect(list.snapshot()).toMatchObject({ hasMore: false, unread: 5, conversations: [{ id: "a" }, { id: "b" }] });
    expect(server.requests.filter((request) => request.includes("cursor"))).toHaveLength(1);
  });

  it("adds what it creates", async () => {
    const { list, server } = await listWorld();
    server.replies.set("POST /conversations", () => Response.json(conversation("new")));
    await expect(list.create({ member_ids: ["bob"] })).resolves.toMatchObject({ id: "new" });
    expect(list.snapshot().conversations).toMatchObject([{ id: "new" }]);
  });
});

describe("live", () => {
  it("moves the conversation with the newest message to the top, with its preview", async () => {
    const { list, server, find } = await listWorld("a", "b");
    server.say("b");
    server.say("a", { created_at: "2026-01-02T00:00:00.000Z", message: "newest" });
    expect(list.snapshot().conversations.map((room) => room.id)).toEqual(["a", "b"]);
    server.say("b", { created_at: "2026-01-03T00:00:00.000Z" });
    expect(list.snapshot().conversations.map((room) => room.id)).toEqual(["b", "a"]);
    expect(find("a")?.last_message?.message).toBe("newest");
    server.socket.push({ type: "message_edited", message: { ...server.room("a").messages[0]!, message: "edited" }, ...server.place("a") });
    expect(find("a")?.last_message?.message).toBe("edited");
  });

  it("counts messages of others and mentions, each once, and not its own", async () => {
    const { list, server, find, client } = await listWorld("a");
    const first = server.say("a");
    server.socket.push({ type: "message", message: first, event_id: "e1", offset: 1 });
    server.say("a", { mentions: ["alice"] });
    server.say("a", { sender_id: "alice" });
    await client.conversation("a").send({ message: "mine" });
    expect(find("a")).toMatchObject({ unread: 2, unread_mentions: 1, last_seq: 4 });
    expect(list.snapshot().unread).toBe(2);
    expect(server.requests).toEqual([]);
  });

  it("falls with a read receipt of one's own from another device, and not with somebody else's", async () => {
    const { server, find, list } = await listWorld("a");
    server.say("a");
    const receipt = (user: string, seq: number): void => server.socket.push({ type: "read_receipt", conversation_id: "a", user_id: user, last_read_id: `a-m${seq}`, last_read_seq: seq, ...server.place("a") });
    receipt("bob", 1);
    expect(find("a")).toMatchObject({ unread: 1, members: [{ user_id: "alice" }, { user_id: "bob", last_read_seq: 1 }] });
    receipt("alice", 1);
    expect(find("a")).toMatchObject({ unread: 0, last_read_seq: 1 });
    expect(list.snapshot().unread).toBe(0);
    expect(server.requests).toEqual([]);
  });

  it("asks the server when only a part was read", async () => {
    const { server, find } = await listWorld("a");
    for (let n = 0; n < 3; n++) server.say("a");
    const place = server.place("a");
    server.room("a").info = { ...server.room("a").info, unread: 1, last_read_seq: 2 };
    server.socket.push({ type: "read_receipt", conversation_id: "a", user_id: "alice", last_read_id: "a-m2", last_read_seq: 2, ...place });
    await settle();
    expect(server.requests).toEqual(["GET /conversations/a"]);
    expect(find("a")).toMatchObject({ unread: 1, last_read_seq: 2 });
  });

  it("falls when an unread message is deleted: at once if it is the newest, else by asking", async () => {
    const { server, find } = await listWorld("a");
    for (let n = 0; n < 3; n++) server.say("a");
    server.socket.push({ type: "message_deleted", message_id: "a-m3", conversation_id: "a", ...server.place("a") });
    expect(find("a")).toMatchObject({ unread: 2, last_message: { deleted: true, message: "" } });
    expect(server.requests).toEqual([]);
    const place = server.place("a");
    server.room("a").info = { ...server.room("a").info, unread: 1 };
    server.socket.push({ type: "message_deleted", message_id: "a-m1", conversation_id: "a", ...place });
    await settle();
    expect(server.requests).toEqual(["GET /conversations/a"]);
    expect(find("a")?.unread).toBe(1);
  });

  it("asks again when events overtook the answer", async () => {
    const { server, find } = await listWorld("a");
    for (let n = 0; n < 2; n++) server.say("a");
    let asked = 0;
    server.replies.set("GET /conversations/a", () => {
      const now = Response.json({ ...server.room("a").info, unread: 7 });
      asked += 1;
      if (asked === 1) server.say("a");
      return now;
    });
    server.socket.push({ type: "message_deleted", message_id: "a-m1", conversation_id: "a", ...server.place("a") });
    await settle();
    expect(asked).toBe(2);
    expect(find("a")).toMatchObject({ unread: 7, last_seq: 3 });
  });

  it("does not apply again what the server's answer had in it already", async () => {
    const { server, find } = await listWorld("a");
    for (let n = 0; n < 2; n++) server.say("a");
    server.socket.push({ type: "message_deleted", message_id: "a-m1", conversation_id: "a", ...server.place("a") });
    const late = server.place("a");
    server.room("a").info = { ...server.room("a").info, member_count: 3 };
    await settle();
    expect(find("a")).toMatchObject({ member_count: 3, offset: late.offset });
    server.socket.push({ type: "member_added", conversation_id: "a", member: member("carol"), ...late });
    expect(find("a")?.member_count).toBe(3);
  });

  it("shows a new conversation, also by its first message, and lets go of one that ends", async () => {
    const { server, list } = await listWorld("a");
    server.room("b");
    server.socket.push({ type: "conversation_created", conversation: { id: "b", kind: "group", title: "b", metadata: {} }, ...server.place("b") });
    server.add("c");
    server.socket.push({ type: "message", message: server.room("c").messages[0]!, event_id: "e5", offset: 1 });
    await settle();
    expect(list.snapshot().conversations.map((room) => room.id).sort()).toEqual(["a", "b", "c"]);
    expect(list.snapshot().unread).toBe(1);
    server.socket.push({ type: "conversation_deleted", conversation_id: "c", event_id: "e6", offset: 2 });
    server.socket.push({ type: "member_removed", conversation_id: "b", user_id: "alice", ...server.place("b") });
    expect(list.snapshot()).toMatchObject({ conversations: [{ id: "a" }], unread: 0 });
    server.socket.push({ type: "member_added", conversation_id: "b", member: member("alice"), ...server.place("b") });
    await settle();
    expect(list.snapshot().conversations.map((room) => room.id).sort()).toEqual(["a", "b"]);
  });

  it("does not load anything nobody asked for", async () => {
    const { server } = await connectedWorld();
    server.say("a");
    await settle();
    expect(server.requests).toEqual([]);
  });
});

describe("after a reconnect that could not resume", () => {
  it("loads as much as was loaded, and drops what is gone", async () => {
    const made = await listWorld("a", "b");
    made.server.rooms.delete("b");
    made.server.add("a");
    made.server.room("c");
    await reconnect(made, { resumed: false });
    expect(made.list.snapshot().conversations.map((room) => room.id).sort()).toEqual(["a", "c"]);
    expect(made.find("a")?.unread).toBe(1);
  });

  it("loads nothing after one that could", async () => {
    const made = await listWorld("a");
    await reconnect(made, { resumed: true });
    expect(made.server.requests).toEqual([]);
  });
});

it("is empty after logout", async () => {
  const { client, list } = await listWorld("a");
  client.logout();
  expect(list.snapshot()).toEqual({ conversations: [], status: "idle", error: null, hasMore: false, unread: 0 });
});
