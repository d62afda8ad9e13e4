// Sending: order, resending with the same client_id, refusals, bounds.

import { describe, expect, it } from "vitest";
import type { TuttiError } from "../src/index";
import { settle } from "../../testing/src/manual-clock";
import { chatWorld, connectedWorld, reconnect, world } from "./support/world";

describe("sending", () => {
  it("keeps the order within a conversation, one at a time, and does not make another one wait", async () => {
    const { client, server } = await connectedWorld();
    server.answers.set("message", () => undefined);
    for (const text of ["1", "2"]) void client.conversation("a").send({ message: text });
    void client.conversation("b").send({ message: "x" });
    expect(server.socket.of("message").map((frame) => frame.message)).toEqual(["1", "x"]);
    server.answers.delete("message");
    for (const frame of server.socket.of("message")) server.answer(frame, server.socket);
    await settle();
    expect(server.room("a").messages.map((stored) => stored.message)).toEqual(["1", "2"]);
    expect(client.connection.snapshot().queued).toBe(0);
  });

  it("waits while there is no connection and tells how many wait", async () => {
    const { client, server } = world();
    const room = client.conversation("room");
    const sent = [room.send({ message: "1" }), room.send({ message: "2" })];
    expect(client.connection.snapshot().queued).toBe(2);
    client.connect();
    await expect(Promise.all(sent)).resolves.toMatchObject([{ message: "1", seq: 1 }, { message: "2", seq: 2 }]);
    expect(server.room("room").messages).toHaveLength(2);
  });

  it("sends again after a reconnect with the same client_id, and takes a duplicate for success", async () => {
    const made = await connectedWorld();
    const { client, server } = made;
    server.answers.set("message", (frame) => {
      if (frame.type === "message") server.add("room", { sender_id: "alice", client_id: frame.client_id ?? null, message: frame.message });
    });
    const sent = client.conversation("room").send({ message: "hello" });
    const later = client.conversation("room").send({ message: "world" });
    await settle();
    server.answers.delete("message");
    const [first] = server.socket.of("message");
    await reconnect(made, {});
    await expect(sent).resolves.toMatchObject({ message: "hello", client_id: first?.client_id });
    await later;
    expect(server.socket.of("message")[0]?.client_id).toBe(first?.client_id);
    expect(server.room("room").messages.map((stored) => stored.message)).toEqual(["hello", "world"]);
  });

  it("sends again when no reply comes in time", async () => {
    const { client, server, clock } = await connectedWorld();
    server.answers.set("message", () => undefined);
    const sent = client.conversation("room").send({ message: "hello" });
    await clock.advance(14_000);
    server.answers.delete("message");
    await clock.advance(2_000);
    await expect(sent).resolves.toMatchObject({ message: "hello" });
    const ids = server.socket.of("message").map((frame) => frame.client_id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it.each(["rate_limited", "unavailable"] as const)("waits as long as %s asks, keeps the order, and sends again", async (code) => {
    const { client, server, clock } = await connectedWorld();
    server.answers.set("message", (frame, socket) => socket.push({ type: "error", code, message: code, retryable: true, retry_after_ms: 1200, ref: frame.ref ?? "" }));
    const room = client.conversation("room");
    const sent = [room.send({ message: "1" }), room.send({ message: "2" })];
    await settle();
    server.answers.delete("message");
    await clock.advance(1199);
    expect(server.socket.of("message")).toHaveLength(1);
    expect(room.snapshot().messages.map((view) => view.delivery)).toEqual(["sending", "sending"]);
    await clock.advance(1);
    await Promise.all(sent);
    const [refused, again] = server.socket.of("message");
    expect(again?.client_id).toBe(refused?.client_id);
    expect(server.room("room").messages.map((stored) => stored.message)).toEqual(["1", "2"]);
  });

  it("fails a message that the server refuses, and goes on with the next", async () => {
    const { room, server } = await chatWorld();
    server.answers.set("message", (frame, socket) => {
      if (frame.type === "message" && frame.message === "bad") socket.push({ type: "error", code: "forbidden", message: "no", retryable: false, ref: frame.ref ?? "" });
      else if (frame.type === "message") server.store(frame, socket);
    });
    const bad = room.send({ message: "bad", metadata: { a: 1 } });
    const good = room.send({ message: "good" });
    await expect(bad).rejects.toMatchObject({ code: "forbidden" });
    await good;
    const [stored, failed] = room.snapshot().messages;
    expect(stored).toMatchObject({ message: "good", delivery: "sent" });
    expect(failed).toMatchObject({ message: "bad", delivery: "failed", failure: { code: "forbidden", userMessage: "You are not allowed to do this." } });

    server.answers.delete("message");
    room.retry(failed?.key ?? "");
    expect(room.snapshot().messages.at(-1)).toMatchObject({ delivery: "sending", failure: null });
    await settle();
    expect(room.snapshot().messages.map((view) => view.delivery)).toEqual(["sent", "sent"]);
    expect(server.socket.of("message").at(-1)).toMatchObject({ client_id: failed?.key, metadata: { a: 1 } });
  });

  it("is bounded", async () => {
    const { client } = world({ queueLimit: 2 });
    const room = client.conversation("room");
    void room.send({ message: "1" });
    void room.send({ message: "2" });
    await expect(room.send({ message: "3" })).rejects.toMatchObject({ code: "unavailable", userMessage: "Too many messages are waiting to be sent." });
    expect(client.connection.snapshot().queued).toBe(2);
    expect(room.snapshot().messages.map((view) => view.delivery)).toEqual(["sending", "sending", "failed"]);
  });

  it("lets go of a discarded message, and of everything on logout", async () => {
    const { client, server } = world();
    const room = client.conversation("room");
    const first = room.send({ message: "1" });
    const second = room.send({ message: "2" });
    room.discard(room.snapshot().messages[0]?.key ?? "");
    await expect(first).rejects.toMatchObject({ code: "closed" });
    expect(room.snapshot().messages.map((view) => view.message)).toEqual(["2"]);
    client.logout();
    await expect(second).rejects.toMatchObject({ code: "closed" });
    client.connect();
    await settle();
    expect(server.socket.of("message")).toEqual([]);
  });

  it("keeps what waits when the connection is final", async () => {
    const { client, server } = await connectedWorld();
    server.answers.set("message", () => undefined);
    const sent = client.conversation("room").send({ message: "hello" });
    server.socket.handlers.closed(4029, "");
    await settle();
    expect(client.connection.snapshot()).toMatchObject({ final: true, queued: 1 });
    server.answers.delete("message");
    client.reconnect();
    await expect(sent).resolves.toMatchObject({ message: "hello" });
  });
});

describe("what is not sent at all", () => {
  it("counts characters as the server does: in code points", async () => {
    const { room, server } = await chatWorld();
    await expect(room.send({ message: "😀".repeat(5000) })).resolves.toBeDefined();
    const error: TuttiError = await room.send({ message: "😀".repeat(5001) }).then(() => { throw new Error("was sent"); }, (thrown: TuttiError) => thrown);
    expect(error).toMatchObject({ code: "validation_failed", field: "message", userMessage: "A message has at most 5000 characters." });
    await expect(room.send({ message: " \n" })).rejects.toMatchObject({ code: "validation_failed" });
    await expect(room.send({ message: "", attachments: [{ url: "/a.png" }] })).resolves.toBeDefined();
    expect(server.socket.of("message")).toHaveLength(2);
    expect(room.snapshot().messages).toHaveLength(2);
  });
});
