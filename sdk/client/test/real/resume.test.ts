// Connections that break and servers that die: nothing is lost, nothing is there twice, nothing is loaded for nothing.

import { expect, it } from "vitest";
import type { ConversationSnapshot } from "../../src/index";
import { connected, group, type Person, until } from "./support/people";
import { alice, bob, forEachTest, server } from "./support/pair";

forEachTest();

const numbered = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, index) => `message ${from + index}`);
const texts = (room: ConversationSnapshot): string[] => room.messages.map((view) => view.message);
const delivered = (count: number) => (room: ConversationSnapshot): boolean => room.messages.length >= count && room.messages.every((view) => view.delivery === "sent");

it("resumes where it left off, without loading anything", async () => {
  const [mine, theirs] = await group(alice, bob);
  await mine!.send({ message: "message 1" });
  await until(theirs!, delivered(1));
  bob.requests.length = 0;
  const welcomes: boolean[] = [];
  bob.client.on("welcome", (welcome) => welcomes.push(welcome.resumed));
  bob.client.disconnect();
  const sent = await Promise.all(numbered(2, 40).map((message) => mine!.send({ message })));
  await mine!.edit(sent[0]!.id, "edited");
  bob.client.connect();
  const room = await until(theirs!, (snapshot) => delivered(40)(snapshot) && snapshot.messages[1]?.message === "edited");
  expect(texts(room)).toEqual(["message 1", "edited", ...numbered(3, 40)]);
  expect(room.info).toMatchObject({ unread: 40, last_seq: 40 });
  expect(welcomes).toEqual([true]);
  expect(bob.requests).toEqual([]);
});

it("loses nothing when the server is killed in the middle of sending", async () => {
  const [mine, theirs] = await group(alice, bob);
  const sending = numbered(1, 300).map((message) => mine!.send({ message }));
  await until(theirs!, (room) => room.messages.length >= 20);
  await server.kill();
  await until(alice.client.connection, (connection) => connection.state === "reconnecting");
  sending.push(...numbered(301, 320).map((message) => mine!.send({ message })));
  expect(alice.client.connection.snapshot().queued).toBeGreaterThanOrEqual(20);
  await server.start();
  const stored = await Promise.all(sending);
  expect(stored.map((message) => message.seq)).toEqual(Array.from({ length: 320 }, (_, index) => index + 1));
  for (const room of [mine!, theirs!]) expect(texts(await until(room, delivered(320)))).toEqual(numbered(1, 320));
  expect(alice.client.connection.snapshot()).toMatchObject({ state: "connected", queued: 0 });
});

it("neither loses nor loads anything while connections are cut again and again", async () => {
  const [mine, theirs] = await group(alice, bob);
  for (const person of [alice, bob]) person.requests.length = 0;
  const cuts = { alice: 0, bob: 0 };
  const cutEvery = (count: number, person: Person, name: keyof typeof cuts) => (): void => {
    const due = Math.floor(theirs!.snapshot().messages.length / count);
    if (due <= cuts[name]) return;
    cuts[name] = due;
    person.cut();
  };
  theirs!.subscribe(cutEvery(11, alice, "alice"));
  theirs!.subscribe(cutEvery(7, bob, "bob"));
  const sending = numbered(1, 120).map((message) => mine!.send({ message }));
  const stored = await Promise.all(sending);
  expect(new Set(stored.map((message) => message.id)).size).toBe(120);
  for (const room of [mine!, theirs!]) expect(texts(await until(room, delivered(120)))).toEqual(numbered(1, 120));
  expect(cuts.alice).toBeGreaterThanOrEqual(3);
  expect(cuts.bob).toBeGreaterThanOrEqual(3);
  expect([alice.requests, bob.requests]).toEqual([[], []]);
});

it("does not reload after a kill when nothing was missed", async () => {
  const [mine, theirs] = await group(alice, bob);
  await mine!.send({ message: "message 1" });
  await until(theirs!, delivered(1));
  theirs!.markRead();
  await until(mine!, (room) => room.readers[bob.id] === 1);
  for (const person of [alice, bob]) person.requests.length = 0;
  await server.kill();
  for (const { client } of [alice, bob]) await until(client.connection, (connection) => connection.state === "reconnecting");
  await server.start();
  await Promise.all([connected(alice.client), connected(bob.client)]);
  await mine!.send({ message: "message 2" });
  expect(texts(await until(theirs!, delivered(2)))).toEqual(numbered(1, 2));
  expect([alice.requests, bob.requests]).toEqual([[], []]);
});

it("comes back by itself after the server said goodbye", async () => {
  const [mine, theirs] = await group(alice, bob);
  await Promise.all([
    server.stop(),
    ...[alice, bob].map(({ client }) => until(client.connection, (connection) => connection.state === "reconnecting" && !connection.final)),
  ]);
  const waiting = mine!.send({ message: "written while nobody was there" });
  await server.start();
  expect(await waiting).toMatchObject({ seq: 1 });
  await until(theirs!, delivered(1));
});

it("forgets everything on logout, and loads it again", async () => {
  const [mine, theirs] = await group(alice, bob);
  await mine!.send({ message: "message 1" });
  await until(theirs!, delivered(1));
  bob.client.logout();
  bob.client.connect();
  await connected(bob.client);
  const again = bob.client.conversation(mine!.id);
  expect(again.snapshot().messages).toEqual([]);
  await again.load();
  expect(texts(again.snapshot())).toEqual(["message 1"]);
});
