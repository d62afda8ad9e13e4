import { expect, it } from "vitest";
import { BATCH_MS } from "../src/chat/receipts";
import { chatWorld, reconnect } from "./support/world";

it("sends the first receipt at once, then at most one per second, with the furthest message", async () => {
  const { room, server, clock } = await chatWorld(5);
  for (const id of ["room-m1", "room-m3", "room-m4", "room-m2"]) room.markRead(id);
  expect(server.socket.of("read_receipt")).toMatchObject([{ conversation_id: "room", message_id: "room-m1" }]);
  await clock.advance(BATCH_MS - 1);
  expect(server.socket.of("read_receipt")).toHaveLength(1);
  await clock.advance(1);
  expect(server.socket.of("read_receipt")).toMatchObject([{ message_id: "room-m1" }, { message_id: "room-m4" }]);
  room.markRead();
  room.markRead();
  expect(server.socket.of("read_receipt")).toHaveLength(2);
  await clock.advance(10 * BATCH_MS);
  expect(server.socket.of("read_receipt")).toHaveLength(3);
  room.markRead();
  expect(server.socket.of("read_receipt").at(-1)).toMatchObject({ message_id: "room-m5" });
});

it("sends nothing that is read already, unknown, or behind", async () => {
  const { room, server, clock } = await chatWorld(3);
  room.markRead("room-m2");
  await clock.advance(BATCH_MS);
  room.markRead("room-m1");
  room.markRead("room-m2");
  room.markRead("nobody knows");
  await clock.advance(10 * BATCH_MS);
  expect(server.socket.of("read_receipt")).toHaveLength(1);
});

it("lowers the count at once when everything is read", async () => {
  const { room, client } = await chatWorld(3);
  expect(client.conversations.snapshot().unread).toBe(3);
  room.markRead();
  expect(client.conversations.snapshot().unread).toBe(0);
  expect(room.snapshot().readers).toMatchObject({ alice: 3 });
});

it("keeps the receipt while there is no connection, and sends it afterwards", async () => {
  const made = await chatWorld(3);
  const { room, server, clock } = made;
  server.socket.handlers.closed(4100, "");
  room.markRead();
  server.mode = "silent";
  await clock.advance(BATCH_MS);
  server.mode = "open";
  await reconnect(made, { resumed: true });
  await clock.advance(20_000);
  expect(server.socket.of("read_receipt")).toMatchObject([{ message_id: "room-m3" }]);
});

it("waits when the server says so, and gives up on what it refuses", async () => {
  const { room, server, clock } = await chatWorld(3);
  server.answers.set("read_receipt", (frame, socket) => socket.push({ type: "error", code: "rate_limited", message: "slow", retryable: true, retry_after_ms: 3000, ref: frame.ref ?? "" }));
  room.markRead();
  await clock.advance(2999);
  expect(server.socket.of("read_receipt")).toHaveLength(1);
  server.answers.set("read_receipt", (frame, socket) => socket.push({ type: "error", code: "forbidden", message: "no", retryable: false, ref: frame.ref ?? "" }));
  await clock.advance(1);
  expect(server.socket.of("read_receipt")).toHaveLength(2);
  await clock.advance(60_000);
  expect(server.socket.of("read_receipt")).toHaveLength(2);
});
