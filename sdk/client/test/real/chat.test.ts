// Two people talk through the real server: sending, changing, reading, counting.

import { describe, expect, it } from "vitest";
import type { ConversationSnapshot } from "../../src/index";
import { connected, group, join, until } from "./support/people";
import { alice, bob, forTheFile, server } from "./support/pair";

forTheFile();

const texts = (room: ConversationSnapshot): string[] => room.messages.map((view) => view.message);
const numbered = (count: number, name: string): string[] => Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);

describe("messages", () => {
  it("come to the other at once, as they were sent", async () => {
    const [mine, theirs] = await group(alice, bob);
    const draft = { message: "Grüße 👩‍👩‍👧 <b>&amp;</b>\n\u0000", mentions: [bob.id], attachments: [{ url: "/cat.png", size: 12 }], metadata: { pi: 3.141592653589793, deep: [{ a: null }] } };
    const stored = await mine!.send(draft);
    expect(stored).toMatchObject({ ...draft, seq: 1, sender_id: alice.id });
    const { messages } = await until(theirs!, (room) => room.messages.length === 1);
    expect(messages[0]).toMatchObject({ ...draft, id: stored.id, delivery: "sent" });
  });

  it("are in the same order for both while both are writing", async () => {
    const [mine, theirs] = await group(alice, bob);
    const [ours, yours] = [numbered(50, "alice"), numbered(50, "bob")];
    await Promise.all([...ours.map((message) => mine!.send({ message })), ...yours.map((message) => theirs!.send({ message }))]);
    const [left, right] = await Promise.all([mine!, theirs!].map((room) => until(room, (snapshot) => snapshot.messages.length === 100)));
    expect(texts(left!)).toEqual(texts(right!));
    expect(left!.messages.map((view) => view.seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(texts(left!).filter((text) => text.startsWith("alice"))).toEqual(ours);
    expect(texts(left!).filter((text) => text.startsWith("bob"))).toEqual(yours);
  });

  it("change for both: edits, reactions, deletion", async () => {
    const [mine, theirs] = await group(alice, bob);
    const { id } = await mine!.send({ message: "first" });
    await until(theirs!, (room) => room.messages.length === 1);
    await mine!.edit(id, "second");
    await theirs!.react(id, "👍");
    for (const room of [mine!, theirs!]) {
      const { messages } = await until(room, (snapshot) => snapshot.messages[0]?.reactions.length === 1);
      expect(messages[0]).toMatchObject({ message: "second", reactions: [{ emoji: "👍", count: 1, user_ids: [bob.id] }] });
      expect(messages[0]?.edited_at).not.toBeNull();
    }
    await theirs!.unreact(id, "👍");
    await mine!.remove(id);
    for (const room of [mine!, theirs!]) {
      const { messages } = await until(room, (snapshot) => snapshot.messages[0]?.deleted === true);
      expect(messages[0]).toMatchObject({ message: "", reactions: [] });
    }
    await expect(theirs!.edit(id, "not mine")).rejects.toMatchObject({ name: "TuttiError" });
  });

  it("load page by page, oldest first, and by thread", async () => {
    const [mine] = await group(alice, bob);
    const root = await mine!.send({ message: "root" });
    const reply = await mine!.send({ message: "reply", thread_id: root.id, reply_to: root.id });
    for (const message of numbered(60, "more")) await mine!.send({ message });
    const carol = await join(server, "Carol");
    await alice.client.api.addMember(mine!.id, { user_id: carol.id });
    const room = carol.client.conversation(mine!.id);
    await room.load();
    expect(room.snapshot()).toMatchObject({ status: "ready", hasOlder: true });
    expect(room.snapshot().messages).toHaveLength(50);
    await room.loadOlder();
    expect(room.snapshot()).toMatchObject({ hasOlder: false, messages: { length: 62, 0: { message: "root", thread: { reply_count: 1 } } } });
    expect((await room.thread(root.id)).messages.map((message) => message.id)).toEqual([reply.id, root.id]);
    carol.client.disconnect();
  });

  it("that the server refuses stay visible with the reason", async () => {
    const [mine, theirs] = await group(alice, bob);
    await alice.client.api.removeMember(mine!.id, bob.id);
    await until(theirs!, (room) => room.info === null);
    await expect(theirs!.send({ message: "still here?" })).rejects.toMatchObject({ code: "not_found" });
    expect(theirs!.snapshot().messages.at(-1)).toMatchObject({ delivery: "failed", failure: { code: "not_found" } });
  });
});

describe("reading", () => {
  it("moves the position for both, and never looks like a gap", async () => {
    const [mine, theirs] = await group(alice, bob);
    for (const person of [alice, bob]) person.requests.length = 0;
    for (let round = 1; round <= 3; round++) {
      await mine!.send({ message: `round ${round}` });
      await until(theirs!, (room) => room.messages.length === round);
      theirs!.markRead();
      await until(mine!, (room) => room.readers[bob.id] === round);
    }
    expect(theirs!.snapshot().readers).toMatchObject({ [bob.id]: 3 });
    expect([alice.requests, bob.requests]).toEqual([[], []]);
  });

  it("counts what is unread in all conversations, on every device", async () => {
    const dave = await join(server, "Dave");
    const device = await join(server, "Dave");
    await Promise.all([dave.client.conversations.load(), device.client.conversations.load()]);
    const [mine, theirs] = await group(alice, dave);
    const [other] = await group(alice, dave);
    await mine!.send({ message: "one", mentions: [dave.id] });
    const second = await mine!.send({ message: "two" });
    await other!.send({ message: "three" });
    for (const { client } of [dave, device]) await until(client.conversations, (list) => list.unread === 3 && list.conversations.length === 2);
    expect(theirs!.snapshot().info).toMatchObject({ unread: 2, unread_mentions: 1 });
    await mine!.remove(second.id);
    for (const { client } of [dave, device]) await until(client.conversations, (list) => list.unread === 2);
    theirs!.markRead();
    expect(dave.client.conversations.snapshot().unread).toBe(1);
    await until(device.client.conversations, (list) => list.unread === 1);
    expect(await dave.client.api.unread()).toMatchObject({ total: 1, mentions: 0, conversations: [{ conversation_id: other!.id, unread: 1 }] });
    for (const { client } of [dave, device]) client.disconnect();
  });
});

describe("conversations", () => {
  it("appear and disappear in the list by themselves", async () => {
    const erin = await join(server, "Erin");
    await erin.client.conversations.load();
    const [mine] = await group(alice, erin);
    await until(erin.client.conversations, (list) => list.conversations.length === 1);
    await alice.client.api.updateConversation(mine!.id, { title: "renamed" });
    await until(erin.client.conversations, (list) => list.conversations[0]?.title === "renamed");
    await alice.client.api.deleteConversation(mine!.id);
    await until(erin.client.conversations, (list) => list.conversations.length === 0);
    erin.client.disconnect();
  });

  it("with one person are found by the pair", async () => {
    const [one, two] = await Promise.all([alice, bob].map(({ client }, index) => client.conversations.create({ kind: "direct", member_ids: [[bob, alice][index]!.id] })));
    expect(one?.id).toBe(two?.id);
  });
});

it("measures the round trip and knows the user", async () => {
  await connected(alice.client);
  const { user, latencyMs } = await until(alice.client.connection, (connection) => connection.latencyMs !== null);
  expect(user).toEqual({ id: alice.id, name: "Alice" });
  expect(latencyMs).toBeGreaterThanOrEqual(0);
});
