// Nothing is left behind: listeners, timers, unhandled rejections.

import { afterAll, beforeAll, expect, it } from "vitest";
import { LINGER_MS } from "../src/channels/channel";
import { GATHER_MS } from "../src/presence/presence";
import { Signal } from "../src/store";
import { answerChannels } from "./support/channels";
import { collectGarbage } from "./support/garbage";
import { settle } from "../../testing/src/manual-clock";
import { chatWorld, world } from "./support/world";

declare const process: { on(event: "unhandledRejection", listener: (reason: unknown) => void): void; off(event: "unhandledRejection", listener: (reason: unknown) => void): void };

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => process.on("unhandledRejection", note));
afterAll(() => process.off("unhandledRejection", note));

it("forgets 1000 subscriptions of every kind once they are closed", async () => {
  const { client, server, clock } = await chatWorld();
  answerChannels(server);
  const before = clock.waiting;
  const names = Array.from({ length: 1000 }, (_, index) => `public:${index}`);
  let told = 0;
  const count = (): void => void (told += 1);
  const handles: WeakRef<object>[] = [];
  const stops = names.flatMap((name) => {
    const [room, channel, user] = [client.conversation(name), client.channel(name), client.presence.of(name)];
    handles.push(new WeakRef(room), new WeakRef(channel), new WeakRef(user));
    return [
      client.connection.subscribe(count), client.conversations.subscribe(count), client.on("typing", count), client.presence.own.subscribe(count),
      room.subscribe(count), user.subscribe(count), client.presence.follow([name]),
      channel.subscribe(count), channel.on("publication", count), channel.on("member_joined", count),
    ];
  });
  const tell = (): void => {
    told = 0;
    server.socket.push({ type: "typing", conversation_id: "nowhere", user_id: "bob", is_typing: true });
    for (const name of names.slice(0, 10)) server.say(name);
    for (const name of names) {
      server.socket.push({ type: "presence", user_id: name, status: "online", text: null, last_seen_at: null });
      server.socket.push({ type: "publication", channel: name, offset: 1, from: null, data: 1, sent_at: "2026-01-01T00:00:00.000Z" });
    }
  };
  await clock.advance(GATHER_MS);
  collectGarbage();
  tell();
  // The typing push reaches every listener, ten messages their rooms, and the others their users and, in two ways, their channels.
  expect(told).toBe(1000 + 10 + 1000 + 2000);
  expect([server.socket.of("presence_subscribe").length, server.socket.of("subscribe").length]).toEqual([10, 1000]);
  for (const stop of stops.splice(0)) {
    stop();
    stop();
  }
  await clock.advance(LINGER_MS);
  expect([server.socket.of("presence_unsubscribe").length, server.socket.of("unsubscribe").length]).toEqual([10, 1000]);
  tell();
  await client.presence.set("away");
  await clock.advance(0);
  await settle();
  expect(told).toBe(0);
  expect(clock.waiting).toBe(before);
  collectGarbage();
  // What is left is what is kept for coming back: 50 conversations and 50 channels.
  expect(handles.filter((handle) => handle.deref() !== undefined).length).toBeLessThanOrEqual(100);
  client.disconnect();
  expect(told).toBe(0);
  expect(clock.waiting).toBe(0);
}, 30_000);

it("does not forget a message that failed, whatever becomes of its handle", async () => {
  const { client, server } = await chatWorld();
  server.answers.set("message", (frame, socket) => socket.push({ type: "error", code: "forbidden", message: "no", retryable: false, ref: frame.ref ?? "" }));
  await expect(client.conversation("failed").send({ message: "kept" })).rejects.toMatchObject({ code: "forbidden" });
  for (let count = 0; count < 100; count++) client.conversation(`other ${count}`);
  await settle();
  collectGarbage();
  const [failed] = client.conversation("failed").snapshot().messages;
  expect(failed).toMatchObject({ message: "kept", delivery: "failed" });
  client.conversation("failed").discard(failed?.key ?? "");
  expect(client.conversation("failed").snapshot().messages).toEqual([]);
});

it("lets the same function subscribe twice", () => {
  const signal = new Signal(0);
  let told = 0;
  const listener = (): void => void (told += 1);
  const stop = signal.subscribe(listener);
  signal.subscribe(listener);
  signal.set(1);
  stop();
  signal.set(2);
  signal.set(2);
  expect(told).toBe(3);
});

it("never leaves a rejection unhandled, whatever a caller ignores", async () => {
  const { client, server, clock } = world({ token: () => Promise.reject(new Error("no token")) });
  const room = client.conversation("room");
  client.connect();
  void room.load();
  void room.send({ message: "x" });
  void room.send({ message: "" });
  for (const ask of [room.edit("m", "x"), room.remove("m"), room.react("m", "x"), room.unreact("m", "x"), room.thread("m")]) void ask;
  void client.conversations.load();
  void client.conversations.create({ member_ids: [] });
  void client.request({ type: "ping" });
  void client.presence.set("away");
  void client.api.unread();
  void client.api.users();
  server.mode = "refuse";
  await clock.advance(120_000);
  client.logout();
  await settle();
  await settle();
  expect(unhandled).toEqual([]);
});
