// What a logout leaves behind: nothing on screen, nothing under way, and nobody who speaks for the user that has left.

import { describe, expect, it } from "vitest";
import { type ChannelHandle, memoryOutbox } from "../src/index";
import { answerChannels } from "./support/channels";
import { jwt, welcome } from "./support/fixtures";
import { chatWorld, connectedWorld, world, type World } from "./support/world";
import { settle } from "../../testing/src/manual-clock";

const NOTHING = { messages: [], info: null, typing: [], readers: {} };

/** Bob connects in the place of whoever was there. */
async function connectBob({ client, server }: World): Promise<void> {
  server.welcome = () => welcome({ user: { id: "bob", name: "Bob" } });
  client.connect();
  await settle();
}

describe("until somebody connects again", () => {
  it("nothing is asked over HTTP, whatever token is at hand, and no token is asked for", async () => {
    let asked = 0;
    const token = (): string => jwt({ sub: `user${++asked}` });
    for (const made of [await connectedWorld(), await connectedWorld({ token })]) {
      made.client.logout();
      await expect(made.client.api.unread()).rejects.toMatchObject({ code: "closed" });
      await expect(made.client.api.createConversation({ member_ids: ["bob"] })).rejects.toMatchObject({ code: "closed" });
      await expect(made.client.api.fetch("/api/v1/unread")).rejects.toMatchObject({ code: "closed" });
      await expect(made.client.channel("public:a").history()).rejects.toMatchObject({ code: "closed" });
      expect(made.server.requests).toEqual([]);
    }
    expect(asked).toBe(1);
  });

  it("a request that was refused meanwhile is not made again with a token of the session", async () => {
    let [asked, refuse] = [0, (): void => undefined];
    const { client, server } = await connectedWorld({ token: () => jwt({ sub: `user${++asked}` }) });
    server.replies.set("/unread", () => new Promise((resolve) => {
      refuse = () => resolve(new Response("", { status: 401 }));
    }));
    const asking = client.api.unread();
    await settle();
    client.logout();
    refuse();
    await expect(asking).rejects.toMatchObject({ code: "unauthenticated" });
    expect([server.requests.length, asked]).toEqual([1, 1]);
  });

  it.each(["connect", "reconnect"] as const)("nothing is loaded; what is watched is loaded after %s(), as the next user's", async (how) => {
    const { client, server } = await chatWorld(2);
    client.logout();
    server.requests.length = 0;
    const room = client.conversation("room");
    for (const store of [room, client.conversations]) store.subscribe(() => undefined);
    await room.load();
    await client.conversations.load();
    expect(room.snapshot()).toMatchObject({ ...NOTHING, status: "error", error: { code: "closed" } });
    expect(client.conversations.snapshot()).toMatchObject({ conversations: [], status: "error", error: { code: "closed" } });
    expect(server.requests).toEqual([]);
    server.welcome = () => welcome({ user: { id: "bob", name: "Bob" } });
    client[how]();
    await settle();
    expect(client.conversation("room")).toBe(room);
    expect(room.snapshot()).toMatchObject({ status: "ready", error: null, messages: [{ id: "room-m1" }, { id: "room-m2" }] });
    expect(client.conversations.snapshot()).toMatchObject({ status: "ready", conversations: [{ id: "room" }] });
  });

  it("nothing is taken to be sent, and so nothing is sent as the next user", async () => {
    const made = await chatWorld();
    made.client.logout();
    const room = made.client.conversation("room");
    await expect(room.send({ message: "from nobody" })).rejects.toMatchObject({ code: "closed" });
    expect(room.snapshot().messages).toEqual([]);
    await connectBob(made);
    expect(made.server.socket.of("message")).toEqual([]);
    await expect(room.send({ message: "from Bob" })).resolves.toMatchObject({ message: "from Bob" });
  });
});

it("whoever hears that a conversation is empty and asks for it again gets one that is", async () => {
  const { client, room } = await chatWorld(1);
  const seen: unknown[] = [];
  room.subscribe(() => void seen.push(client.conversation("room").snapshot()));
  client.conversations.subscribe(() => void seen.push(client.conversation("room").snapshot()));
  client.logout();
  expect(seen.length).toBeGreaterThan(1);
  for (const snapshot of seen) expect(snapshot).toMatchObject(NOTHING);
});

it("whoever hears that a channel is closed and asks for it again gets one that works", async () => {
  const made = await connectedWorld();
  answerChannels(made.server);
  const channel = made.client.channel("public:a");
  const found: ChannelHandle[] = [];
  channel.subscribe(() => void found.push(made.client.channel("public:a")));
  await settle();
  expect(found.at(-1)).toBe(channel);
  made.client.logout();
  expect(found.at(-1)).not.toBe(channel);
});

it("a handle of the last session does nothing in the next", async () => {
  const made = await chatWorld(2);
  const { client, server, room, clock } = made;
  server.answers.set("message", (frame, socket) => socket.push({ type: "error", code: "forbidden", message: "no", retryable: false, ref: frame.ref ?? 0 }));
  await room.send({ message: "refused" }).catch(() => undefined);
  const key = room.snapshot().messages.at(-1)?.key ?? "";
  server.answers.clear();
  client.logout();
  await connectBob(made);
  server.requests.length = 0;
  room.typing(true);
  room.markRead();
  room.retry(key);
  for (const load of [room.load(), room.loadOlder(), room.loadNewer(), room.loadLatest(), room.loadAround("room-m1")]) await load;
  expect(server.requests).toEqual([]);
  for (const act of [room.thread("room-m1"), room.send({ message: "late" }), room.edit("room-m1", "x"), room.remove("room-m1"), room.react("room-m1", "x"), room.unreact("room-m1", "x")]) {
    await expect(act).rejects.toMatchObject({ code: "closed" });
  }
  await clock.advance(2000);
  expect(server.socket.sent.map(({ type }) => type)).toEqual(["auth", "ping"]);
  expect(room.snapshot()).toMatchObject(NOTHING);
  expect(client.connection.snapshot().queued).toBe(0);
});

it("what an earlier page left behind is forgotten also when this one never connected", async () => {
  const storage = memoryOutbox();
  const owner = "http://tutti.test alice";
  await storage.write(owner, [{ clientId: "old", conversationId: "room", draft: { message: "old" }, createdAt: 0 }], []);
  const { client } = world({ storage, token: jwt({ sub: "alice" }) });
  client.logout();
  await settle();
  expect(await storage.claim(owner, 10)).toEqual([]);
  expect(client.connection.snapshot().queued).toBe(0);
});
