// A conversation: loading, optimistic messages, edits, reactions, threads, and what a view sees of it.

import { describe, expect, it } from "vitest";
import type { Message } from "../src/index";
import { member, message } from "./support/fixtures";
import { refusal } from "./support/fake-server";
import { settle } from "../../testing/src/manual-clock";
import { chatWorld, connectedWorld, reconnect, world } from "./support/world";

const texts = (room: { snapshot(): { messages: readonly Message[] } }): string[] => room.snapshot().messages.map((view) => view.message);

describe("loading", () => {
  it("loads the newest page, then older ones, oldest first", async () => {
    const { room, server } = await chatWorld(120);
    expect(room.snapshot()).toMatchObject({ status: "ready", hasOlder: true, info: { id: "room" } });
    expect(room.snapshot().messages.map((view) => view.seq)).toEqual(Array.from({ length: 50 }, (_, index) => 71 + index));
    const older = room.loadOlder();
    void room.loadOlder();
    expect(room.snapshot().loadingOlder).toBe(true);
    await older;
    await room.loadOlder();
    expect(room.snapshot()).toMatchObject({ hasOlder: false, loadingOlder: false });
    expect(room.snapshot().messages.map((view) => view.seq)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
    await room.loadOlder();
    expect(server.requests.filter((request) => request.includes("/messages"))).toHaveLength(3);
  });

  it("loads once, says what went wrong, and can be tried again", async () => {
    const { client, server } = await connectedWorld();
    const room = client.conversation("room");
    expect(client.conversation("room")).toBe(room);
    await room.load();
    expect(room.snapshot()).toMatchObject({ status: "error", error: { code: "not_found" } });
    server.room("room");
    await Promise.all([room.load(), room.load()]);
    expect(room.snapshot()).toMatchObject({ status: "ready", error: null });
    expect(server.requests.filter((request) => request.endsWith("messages?limit=50"))).toHaveLength(1);
  });

  it("that failed happens again with the next connection while somebody watches: the same part", async () => {
    const made = await connectedWorld();
    const { client, server } = made;
    server.room("room");
    for (let seq = 1; seq <= 200; seq++) server.add("room");
    server.replies.set("/conversations/", () => Promise.reject(new TypeError("no network")));
    const [watched, left] = [client.conversation("room"), client.conversation("other")];
    server.room("other");
    watched.subscribe(() => undefined);
    await Promise.all([watched.loadAround("room-m10"), left.load()]);
    expect([watched.snapshot().status, left.snapshot().status]).toEqual(["error", "error"]);
    server.replies.clear();
    await reconnect(made, { resumed: true });
    await settle();
    expect(watched.snapshot()).toMatchObject({ status: "ready", error: null, hasNewer: true });
    expect(watched.snapshot().messages.map(({ id }) => id)).toContain("room-m10");
    expect(left.snapshot().status).toBe("error");
  });

  it("does not lose an edit that comes while an older page is on its way", async () => {
    const { client, server } = await connectedWorld();
    server.room("room");
    const stored = server.add("room");
    server.replies.set("/messages", async () => {
      const old = Response.json({ messages: [stored], has_more: false });
      server.socket.push({ type: "message_edited", message: { ...stored, message: "edited", edited_at: "2026-01-02T00:00:00.000Z" }, ...server.place("room") });
      await settle();
      return old;
    });
    const room = client.conversation("room");
    await room.load();
    expect(texts(room)).toEqual(["edited"]);
  });

  it("keeps the snapshot and unchanged messages as they are", async () => {
    const { room, server } = await chatWorld(2);
    const before = room.snapshot();
    expect(room.snapshot()).toBe(before);
    server.say("room");
    expect(room.snapshot()).not.toBe(before);
    expect(room.snapshot().messages[0]).toBe(before.messages[0]);
  });
});

describe("order", () => {
  it("shows stored messages by seq, whatever way they come, and those on their way last", async () => {
    const { room, server } = await chatWorld();
    server.answers.set("message", () => undefined);
    void room.send({ message: "mine" });
    const [two, one] = [message(2), message(1)];
    server.socket.push({ type: "message", message: one, event_id: "e1", offset: 1 });
    server.socket.push({ type: "message", message: two, event_id: "e2", offset: 2 });
    expect(texts(room)).toEqual(["text 1", "text 2", "mine"]);
  });
});

describe("optimistic messages", () => {
  it("shows at once, and turns into the stored message with the same key", async () => {
    const { room, clock } = await chatWorld(1);
    const sent = room.send({ message: "hi", reply_to: "room-m1", mentions: ["bob"] });
    const pending = room.snapshot().messages[1];
    expect(pending).toMatchObject({ message: "hi", delivery: "sending", sender_id: "alice", reply_to: "room-m1", mentions: ["bob"], created_at: new Date(clock.now()).toISOString() });
    await sent;
    const [, stored, ...more] = room.snapshot().messages;
    expect(more).toEqual([]);
    expect(stored).toMatchObject({ id: "room-m2", seq: 2, delivery: "sent", key: pending?.key });
  });

  it.each(["replay before the reply", "replay without a reply", "history without a reply"])("is reconciled by client_id: %s", async (way) => {
    const made = await chatWorld();
    const { room, server, client } = made;
    server.answers.set("message", () => undefined);
    const sent = room.send({ message: "hi" });
    const key = room.snapshot().messages[0]?.key;
    const stored = server.add("room", { sender_id: "alice", client_id: key ?? null, message: "hi" });
    if (way.startsWith("history")) await reconnect(made, { resumed: false });
    else {
      await reconnect(made, { resumed: true });
      server.socket.push({ type: "message", message: stored, event_id: "e9", offset: 1 });
    }
    const ref = server.socket.of("message")[0]?.ref ?? "";
    if (way === "replay before the reply") server.socket.push({ type: "message_sent", message: stored, duplicate: true, ref });
    await expect(sent).resolves.toMatchObject({ id: stored.id });
    expect(room.snapshot().messages).toMatchObject([{ id: stored.id, key, delivery: "sent" }]);
    expect(client.connection.snapshot().queued).toBe(0);
  });

  it("does not take somebody else's message with the same client_id for its own", async () => {
    const { room, server } = await chatWorld();
    server.answers.set("message", () => undefined);
    void room.send({ message: "mine" });
    const key = room.snapshot().messages[0]?.key ?? "";
    server.say("room", { client_id: key, message: "bob's" });
    expect(room.snapshot().messages).toMatchObject([{ message: "bob's", key: "room-m1" }, { message: "mine", delivery: "sending", key }]);
  });

  it("appears before the first connection", async () => {
    const { client } = world();
    void client.conversation("room").send({ message: "early" });
    expect(texts(client.conversation("room"))).toEqual(["early"]);
  });
});

describe("changes", () => {
  it("applies edits, deletions and reactions, as pushes and as replies", async () => {
    const { room, server } = await chatWorld(2);
    server.answers.set("message_edit", (frame, socket) => socket.push({ type: "message_edited", message: { ...server.room().messages[0]!, message: "edited" }, offset: server.place("room").offset, ref: frame.ref ?? "" }));
    await room.edit("room-m1", "edited");
    expect(server.socket.of("message_edit")[0]).toMatchObject({ message_id: "room-m1", message: "edited" });
    expect(texts(room)[0]).toBe("edited");
    const reaction = { conversation_id: "room", message_id: "room-m1", emoji: "👍" };
    server.answers.set("reaction_add", (frame, socket) => socket.push({ type: "reaction_added", ...reaction, user_id: "alice", count: 1, offset: server.place("room").offset, ref: frame.ref ?? "" }));
    await room.react("room-m1", "👍");
    server.socket.push({ type: "reaction_added", ...reaction, user_id: "bob", count: 2, ...server.place("room") });
    expect(room.snapshot().messages[0]?.reactions).toEqual([{ emoji: "👍", count: 2, user_ids: ["alice", "bob"] }]);
    server.socket.push({ type: "reaction_removed", ...reaction, user_id: "alice", count: 1, ...server.place("room") });
    server.socket.push({ type: "reaction_removed", ...reaction, user_id: "bob", count: 0, ...server.place("room") });
    expect(room.snapshot().messages[0]?.reactions).toEqual([]);
    server.answers.set("message_delete", (frame, socket) => socket.push({ type: "message_deleted", message_id: "room-m2", conversation_id: "room", offset: server.place("room").offset, ref: frame.ref ?? "" }));
    await room.remove("room-m2");
    expect(room.snapshot().messages[1]).toMatchObject({ deleted: true, message: "", seq: 2, key: "room-m2" });
  });

  it("sends a reaction's removal, and rejects with what the server says", async () => {
    const { room, server } = await chatWorld(1);
    server.answers.set("reaction_remove", (frame, socket) => socket.push({ type: "error", code: "not_found", message: "no", retryable: false, ref: frame.ref ?? "" }));
    await expect(room.unreact("room-m1", "👍")).rejects.toMatchObject({ code: "not_found" });
    expect(server.socket.of("reaction_remove")[0]).toMatchObject({ message_id: "room-m1", emoji: "👍" });
  });

  it("counts replies on a thread's first message, each once, and loads a thread", async () => {
    const { room, server } = await chatWorld(1);
    const reply = server.say("room", { thread_id: "room-m1" });
    server.socket.push({ type: "message", message: reply, event_id: "e1", offset: server.room().info.offset });
    expect(room.snapshot().messages[0]?.thread).toEqual({ reply_count: 1, last_reply_at: reply.created_at });
    await room.thread("room-m1");
    expect(server.requests.at(-1)).toBe("GET /conversations/room/messages?thread_id=room-m1&limit=100");
  });

  it("knows how far everybody has read", async () => {
    const { room, server } = await chatWorld(3);
    expect(room.snapshot().readers).toEqual({ alice: 0, bob: 0 });
    server.socket.push({ type: "read_receipt", conversation_id: "room", user_id: "bob", last_read_id: "room-m3", last_read_seq: 3, ...server.place("room") });
    server.socket.push({ type: "read_receipt", conversation_id: "room", user_id: "carol", last_read_id: "room-m2", last_read_seq: 2, ...server.place("room") });
    server.socket.push({ type: "read_receipt", conversation_id: "room", user_id: "bob", last_read_id: "room-m1", last_read_seq: 1, ...server.place("room") });
    expect(room.snapshot().readers).toEqual({ alice: 0, bob: 3, carol: 2 });
  });

  it("follows title, members and roles, and ends when the conversation does", async () => {
    const { room, server } = await chatWorld();
    const info = { id: "room", kind: "group" as const, title: "New", metadata: { topic: 1 } };
    server.socket.push({ type: "conversation_updated", conversation: info, ...server.place("room") });
    server.socket.push({ type: "member_added", conversation_id: "room", member: member("carol"), ...server.place("room") });
    server.socket.push({ type: "member_updated", conversation_id: "room", member: member("alice", { role: "admin" }), ...server.place("room") });
    server.socket.push({ type: "member_removed", conversation_id: "room", user_id: "bob", ...server.place("room") });
    expect(room.snapshot().info).toMatchObject({ title: "New", metadata: { topic: 1 }, role: "admin", member_count: 2, members: [{ user_id: "alice" }, { user_id: "carol" }] });
    server.socket.push({ type: "conversation_deleted", conversation_id: "room", ...server.place("room") });
    expect(room.snapshot()).toMatchObject({ info: null, status: "error", error: { code: "not_found" } });
  });
});

describe("after a reconnect", () => {
  it("loads what was missed when it could not resume, edits of what was loaded included", async () => {
    const made = await chatWorld(3);
    const { room, server } = made;
    for (let n = 0; n < 250; n++) server.add("room");
    server.room().messages[0] = { ...server.room().messages[0]!, message: "edited meanwhile" };
    await reconnect(made, { resumed: false });
    await made.clock.advance(0);
    await settle();
    expect(room.snapshot().messages.map((view) => view.seq)).toEqual(Array.from({ length: 253 }, (_, index) => index + 1));
    expect(texts(room)[0]).toBe("edited meanwhile");
    expect(server.requests).toContain("GET /conversations/room/messages?after_id=room-m3&limit=100");
    expect(server.requests).toContain("GET /conversations/room/messages?after_id=room-m203&limit=100");
  });

  it("loads afresh only what `reset` names when it could resume", async () => {
    const made = await chatWorld(1);
    const { server, client, room } = made;
    server.room("other");
    await client.conversation("other").load();
    server.add("room", { message: "missed" });
    server.requests.length = 0;
    await reconnect(made, { resumed: true, reset: ["room"] });
    expect(texts(room)).toEqual(["text 1", "missed"]);
    expect(server.requests.filter((request) => request.includes("other"))).toEqual([]);
    server.say("room", { message: "live again" });
    expect(texts(room)).toEqual(["text 1", "missed", "live again"]);
  });

  it("applies a replay once", async () => {
    const made = await chatWorld();
    const { server, room, client } = made;
    server.say("room");
    await reconnect(made, { resumed: true });
    for (const offset of [1, 2, 2]) server.socket.push({ type: "message", message: message(offset, { id: `room-m${offset}` }), event_id: `e${offset}`, offset });
    expect(room.snapshot().messages).toHaveLength(2);
    expect(client.conversations.snapshot().unread).toBe(2);
  });

  it("tries a reload again when it fails for now", async () => {
    const made = await chatWorld(1);
    const { server, room, clock } = made;
    server.add("room", { message: "missed" });
    server.replies.set("/messages", () => refusal(503, "unavailable", { retryable: true, retry_after_ms: 2000 }));
    await reconnect(made, { resumed: false });
    expect(texts(room)).toEqual(["text 1"]);
    server.replies.clear();
    await clock.advance(2000);
    expect(texts(room)).toEqual(["text 1", "missed"]);
  });
});
