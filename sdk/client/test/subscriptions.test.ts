// Nothing is left behind: listeners, timers, unhandled rejections.

import { afterAll, beforeAll, expect, it } from "vitest";
import { GATHER_MS } from "../src/presence/presence";
import { Signal } from "../src/store";
import { settle } from "./support/manual-clock";
import { chatWorld, world } from "./support/world";

declare const process: { on(event: "unhandledRejection", listener: (reason: unknown) => void): void; off(event: "unhandledRejection", listener: (reason: unknown) => void): void };

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => process.on("unhandledRejection", note));
afterAll(() => process.off("unhandledRejection", note));

it("forgets 1000 subscriptions of every kind once they are closed", async () => {
  const { client, room, server, clock } = await chatWorld();
  const before = clock.waiting;
  const users = Array.from({ length: 1000 }, (_, index) => `u${index}`);
  let told = 0;
  const count = (): void => void (told += 1);
  const stops = users.flatMap((user) => [
    client.connection.subscribe(count), client.conversations.subscribe(count), room.subscribe(count),
    client.on("typing", count), client.presence.follow([user]), client.presence.of(user).subscribe(count), client.presence.own.subscribe(count),
  ]);
  server.socket.push({ type: "typing", conversation_id: "nowhere", user_id: "bob", is_typing: true });
  expect(told).toBe(1000);
  await clock.advance(GATHER_MS);
  expect(server.socket.of("presence_subscribe")).toHaveLength(10);
  for (const stop of stops) {
    stop();
    stop();
  }
  await clock.advance(GATHER_MS);
  expect(server.socket.of("presence_unsubscribe")).toHaveLength(10);
  told = 0;
  server.socket.push({ type: "typing", conversation_id: "nowhere", user_id: "bob", is_typing: true });
  for (const user of users) server.socket.push({ type: "presence", user_id: user, status: "online", text: null, last_seen_at: null });
  server.say("room");
  await client.presence.set("away");
  client.disconnect();
  expect(told).toBe(0);
  const watched = [client.connection, client.presence.own, ...users.map((user) => client.presence.of(user))];
  expect(watched.map((store) => (store instanceof Signal ? store.watchers : -1)).every((watchers) => watchers === 0)).toBe(true);
  expect(before).toBeGreaterThan(0);
  expect(clock.waiting).toBe(0);
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
