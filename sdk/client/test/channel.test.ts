// Channels: subscribing while anybody watches, recovery after a reconnect, order, gaps, refusals, members, publishing.

import { describe, expect, it } from "vitest";
import type { ChannelHandle, Publication, ServerFrame } from "../src/index";
import { AGAIN_MS, LINGER_MS, MOST_HELD, MOST_KEPT } from "../src/channels/channel";
import { MOST_MEMBERS } from "../src/channels/members";
import { answerChannels, type FakeChannels } from "./support/channels";
import { refusal } from "./support/fake-server";
import { settle } from "../../testing/src/manual-clock";
import { connectedWorld, reconnect, type World, world } from "./support/world";

const NAME = "public:lobby";
const ERROR = { type: "error", message: "no", retryable: false } as const;

interface ChannelWorld extends World {
  channel: ChannelHandle;
  channels: FakeChannels;
  /** What the listeners were told, in order: data, or `gap 2-3`, `subscribed recovered`. */
  told: unknown[];
  stop(): void;
}

async function channelWorld(): Promise<ChannelWorld> {
  const made = await connectedWorld();
  const channels = answerChannels(made.server);
  const channel = made.client.channel(NAME);
  const told: unknown[] = [];
  const stops = [
    channel.on("publication", ({ data }) => told.push(data)),
    channel.on("gap", ({ from, to }) => told.push(`gap ${from}-${to}`)),
    channel.on("subscribed", ({ recovered }) => told.push(recovered ? "recovered" : "afresh")),
  ];
  await settle();
  return { ...made, channel, channels, told, stop: () => stops.forEach((stop) => stop()) };
}

describe("subscribing", () => {
  it("happens with the first listener of either kind and ends with the last, a moment later", async () => {
    const { client, server, clock } = await connectedWorld();
    answerChannels(server);
    const channel = client.channel(NAME);
    expect(client.channel(NAME)).toBe(channel);
    expect(channel.snapshot()).toMatchObject({ status: "idle", epoch: null, recovered: null });
    const stops = [channel.subscribe(() => undefined), channel.on("publication", () => undefined)];
    expect(channel.snapshot().status).toBe("subscribing");
    await settle();
    expect(channel.snapshot()).toMatchObject({ status: "subscribed", epoch: "e1", offset: 0, recovered: false });
    stops[0]?.();
    stops[0]?.();
    await clock.advance(LINGER_MS);
    expect(server.socket.of("unsubscribe")).toEqual([]);
    stops[1]?.();
    await clock.advance(LINGER_MS - 1);
    const back = channel.subscribe(() => undefined);
    await clock.advance(LINGER_MS);
    expect(server.socket.of("subscribe")).toHaveLength(1);
    back();
    await clock.advance(LINGER_MS);
    expect(server.socket.of("unsubscribe")).toMatchObject([{ channel: NAME }]);
    expect(channel.snapshot().status).toBe("idle");
  });

  it("waits for the connection", async () => {
    const { client, server } = world();
    answerChannels(server);
    const channel = client.channel(NAME);
    channel.subscribe(() => undefined);
    expect(channel.snapshot().status).toBe("subscribing");
    client.connect();
    await settle();
    expect(channel.snapshot().status).toBe("subscribed");
    expect(server.socket.of("subscribe")).toHaveLength(1);
  });

  it("drops the answer to a subscription that is not wanted any more", async () => {
    const { client, server, clock } = await connectedWorld();
    server.answers.set("subscribe", () => undefined);
    const channel = client.channel(NAME);
    const stop = channel.subscribe(() => undefined);
    stop();
    await clock.advance(LINGER_MS);
    const [asked] = server.socket.of("subscribe");
    server.socket.push({ type: "subscribed", channel: NAME, epoch: "e1", offset: 3, recovered: false, publications: [], ref: asked?.ref ?? "" });
    await settle();
    expect(server.socket.of("unsubscribe")).toHaveLength(1);
    expect(channel.snapshot()).toMatchObject({ status: "idle", epoch: null });
  });
});

describe("publications", () => {
  it("come in order, once, with the last 100 in the snapshot", async () => {
    const { channel, channels, server, told } = await channelWorld();
    for (let data = 1; data <= MOST_KEPT + 1; data++) channels.publish(NAME, data);
    server.socket.push({ type: "publication", channel: NAME, offset: 5, from: null, data: "again", sent_at: "2026-01-01T00:00:00.000Z" });
    expect(told).toEqual(["afresh", ...Array.from({ length: MOST_KEPT + 1 }, (_, index) => index + 1)]);
    const { offset, publications } = channel.snapshot();
    expect([offset, publications.length, publications[0]?.data, publications.at(-1)?.data]).toEqual([101, MOST_KEPT, 2, 101]);
  });

  it("are held when they overtake the reply to `subscribe`, as they may without a WebSocket", async () => {
    const { client, server, channels } = await channelWorld();
    const told: unknown[] = [];
    server.answers.set("subscribe", () => undefined);
    const other = client.channel("public:other");
    other.on("publication", ({ offset }) => told.push(offset));
    channels.of("public:other").offset = 1;
    for (let count = 0; count < MOST_HELD + 2; count++) channels.publish("public:other", count);
    expect(told).toEqual([]);
    const [asked] = server.socket.of("subscribe").slice(-1);
    server.socket.push({ type: "subscribed", channel: "public:other", epoch: "e1", offset: 3, recovered: false, publications: [], ref: asked?.ref ?? "" });
    await settle();
    // 2 and 3 were before the reply, and dropped as the oldest of too many.
    expect(told).toEqual(Array.from({ length: MOST_HELD }, (_, index) => index + 4));
  });

  it("tell of a gap that the server left for a slow reader, and go on", async () => {
    const { channel, channels, told } = await channelWorld();
    channels.publish(NAME, "a");
    channels.add(NAME, "dropped");
    channels.add(NAME, "dropped too");
    channels.publish(NAME, "d");
    channels.publish(NAME, "e");
    expect(told).toEqual(["afresh", "a", "gap 2-3", "d", "e"]);
    expect(channel.snapshot().publications.map(({ data }: Publication) => data)).toEqual(["d", "e"]);
  });
});

describe("after a reconnect", () => {
  it("subscribes again from where it was, and gets what was missed in order and once", async () => {
    const made = await channelWorld();
    const { channel, channels, server, told, clock } = made;
    channels.publish(NAME, 1);
    server.socket.handlers.closed(1006, "");
    expect(channel.snapshot().status).toBe("subscribing");
    channels.add(NAME, 2);
    channels.add(NAME, 3);
    await clock.advance(1000);
    expect(server.socket.of("subscribe")).toMatchObject([{ position: { epoch: "e1", offset: 1 } }]);
    channels.publish(NAME, 4);
    expect(told).toEqual(["afresh", 1, "recovered", 2, 3, 4]);
    expect(channel.snapshot()).toMatchObject({ status: "subscribed", recovered: true, offset: 4 });
    expect(channel.snapshot().publications.map(({ data }) => data)).toEqual([1, 2, 3, 4]);
  });

  it("says so when it could not be recovered, and begins with what follows", async () => {
    const made = await channelWorld();
    const { channel, channels, told } = made;
    channels.publish(NAME, 1);
    Object.assign(channels.of(NAME), { epoch: "e2", offset: 7, history: [] });
    await reconnect(made, { resumed: true });
    expect(channel.snapshot()).toMatchObject({ status: "subscribed", recovered: false, epoch: "e2", offset: 7, publications: [] });
    channels.publish(NAME, 8);
    expect(told).toEqual(["afresh", 1, "afresh", 8]);
  });

  it("recovers also what was published while nobody watched", async () => {
    const { channel, channels, clock, told, stop } = await channelWorld();
    channels.publish(NAME, 1);
    stop();
    await clock.advance(LINGER_MS);
    channels.add(NAME, 2);
    channel.on("publication", ({ data }) => told.push(data));
    await settle();
    expect(told).toEqual(["afresh", 1, 2]);
  });

  it("leaves a channel alone that nobody watches", async () => {
    const made = await channelWorld();
    made.stop();
    await made.clock.advance(LINGER_MS);
    await reconnect(made, { resumed: true });
    expect(made.server.socket.of("subscribe")).toEqual([]);
  });
});

describe("refusals", () => {
  it("stand in the snapshot, until somebody new watches or the connection is another", async () => {
    const made = await connectedWorld();
    const { client, server, clock } = made;
    server.answers.set("subscribe", (frame, socket) => socket.push({ ...ERROR, code: "forbidden", ref: frame.ref ?? "" }));
    const channel = client.channel(NAME);
    const stop = channel.subscribe(() => undefined);
    await settle();
    expect(channel.snapshot()).toMatchObject({ status: "error", error: { code: "forbidden" } });
    await clock.advance(2 * AGAIN_MS);
    expect(server.socket.of("subscribe")).toHaveLength(1);
    stop();
    channel.subscribe(() => undefined);
    await settle();
    expect(server.socket.of("subscribe")).toHaveLength(2);
    answerChannels(server);
    await reconnect(made, { resumed: true });
    expect(channel.snapshot()).toMatchObject({ status: "subscribed", error: null });
    expect(server.socket.of("unsubscribe")).toEqual([]);
  });

  it("that may pass are tried again, when the server says", async () => {
    const { client, server, clock } = await connectedWorld();
    server.answers.set("subscribe", (frame, socket) => socket.push({ ...ERROR, code: "rate_limited", retryable: true, retry_after_ms: 700, ref: frame.ref ?? "" }));
    const channel = client.channel(NAME);
    channel.subscribe(() => undefined);
    await settle();
    expect(channel.snapshot()).toMatchObject({ status: "subscribing", error: { code: "rate_limited" } });
    answerChannels(server);
    await clock.advance(699);
    expect(channel.snapshot().status).toBe("subscribing");
    await clock.advance(1);
    expect(channel.snapshot()).toMatchObject({ status: "subscribed", error: null });
  });

  it("for want of a reply do not leave the server with a subscription that it refuses to repeat", async () => {
    const { client, server, clock } = await connectedWorld();
    server.answers.set("subscribe", () => undefined);
    const channel = client.channel(NAME);
    channel.subscribe(() => undefined);
    await clock.advance(15_000);
    expect(channel.snapshot()).toMatchObject({ status: "subscribing", error: { code: "timeout" } });
    answerChannels(server);
    await clock.advance(AGAIN_MS);
    const asked = server.socket.sent.filter((frame) => frame.type === "subscribe" || frame.type === "unsubscribe");
    expect(asked.map((frame) => frame.type)).toEqual(["subscribe", "unsubscribe", "subscribe"]);
    expect(channel.snapshot().status).toBe("subscribed");
  });
});

describe("an end that the server does not grant", () => {
  const TOO_MANY = { ...ERROR, code: "rate_limited", retryable: true, retry_after_ms: 700 } as const;
  const asked = ({ server }: World): string[] => server.socket.sent.map(({ type }) => type).filter((type) => type === "subscribe" || type === "unsubscribe");

  /** The next `unsubscribe` is answered by this, or not at all; the following ones as usual. */
  function answerOnce({ server }: World, error: Extract<ServerFrame, { type: "error" }> | null, before = (): void => undefined): void {
    const usual = server.answers.get("unsubscribe");
    server.answers.set("unsubscribe", (frame, socket) => {
      if (usual !== undefined) server.answers.set("unsubscribe", usual);
      before();
      if (error !== null) socket.push({ ...error, ref: frame.ref ?? "" });
    });
  }

  it("is asked for again as long as nobody watches", async () => {
    const made = await channelWorld();
    answerOnce(made, TOO_MANY);
    made.stop();
    await made.clock.advance(LINGER_MS + 699);
    expect(asked(made)).toEqual(["subscribe", "unsubscribe"]);
    await made.clock.advance(1);
    expect(asked(made)).toEqual(["subscribe", "unsubscribe", "unsubscribe"]);
    expect(made.channels.listening(made.server.socket).size).toBe(0);
    await made.clock.advance(10 * AGAIN_MS);
    expect(asked(made)).toHaveLength(3);
  });

  it.each([
    ["refused", TOO_MANY, LINGER_MS, 700],
    ["refused for good", { ...ERROR, code: "internal" } as const, LINGER_MS, 0],
    ["never answered", null, LINGER_MS + 15_000, 0],
  ])("comes before the next subscription when it was %s", async (_name, error, before, after) => {
    const made = await channelWorld();
    answerOnce(made, error);
    made.stop();
    await made.clock.advance(before);
    made.channel.subscribe(() => undefined);
    await made.clock.advance(after);
    expect(asked(made)).toEqual(["subscribe", "unsubscribe", "unsubscribe", "subscribe"]);
    expect(made.channel.snapshot()).toMatchObject({ status: "subscribed", error: null });
  });

  it("is asked for again when a subscription that followed at once conflicts with it", async () => {
    const made = await channelWorld();
    answerOnce(made, TOO_MANY, () => void made.channel.subscribe(() => undefined));
    made.stop();
    await made.clock.advance(LINGER_MS);
    expect(made.channel.snapshot()).toMatchObject({ status: "subscribing", error: { code: "conflict" } });
    await made.clock.advance(AGAIN_MS);
    expect(asked(made)).toEqual(["subscribe", "unsubscribe", "subscribe", "unsubscribe", "subscribe"]);
    expect(made.channel.snapshot()).toMatchObject({ status: "subscribed", error: null });
  });

  it("is not asked for again where there was nothing to end", async () => {
    const made = await channelWorld();
    made.channels.listening(made.server.socket).clear();
    made.stop();
    await made.clock.advance(LINGER_MS + 10 * AGAIN_MS);
    made.channel.subscribe(() => undefined);
    await settle();
    expect(asked(made)).toEqual(["subscribe", "unsubscribe", "subscribe"]);
    expect(made.channel.snapshot().status).toBe("subscribed");
  });

  it("is forgotten with the connection", async () => {
    const made = await channelWorld();
    answerOnce(made, null);
    made.stop();
    await made.clock.advance(LINGER_MS);
    await reconnect(made, { resumed: true });
    await made.clock.advance(10 * AGAIN_MS);
    made.channel.subscribe(() => undefined);
    await settle();
    expect(asked(made)).toEqual(["subscribe"]);
    expect(made.channel.snapshot().status).toBe("subscribed");
  });
});

describe("publishing", () => {
  it("gives the place, and needs no subscription", async () => {
    const { client, server } = await connectedWorld();
    answerChannels(server);
    await expect(client.channel(NAME).publish({ x: 1 }, { clientId: "c1", key: "k" })).resolves.toEqual({ offset: 1, duplicate: false });
    await client.channel(NAME).publish(2, { excludeSender: true });
    expect(server.socket.of("publish")).toMatchObject([{ channel: NAME, data: { x: 1 }, client_id: "c1", key: "k" }, { data: 2, exclude_sender: true }]);
    expect(server.socket.of("subscribe")).toEqual([]);
  });

  it("is refused without a connection, and never repeated by itself", async () => {
    const made = world();
    answerChannels(made.server);
    await expect(made.client.channel(NAME).publish(1)).rejects.toMatchObject({ code: "closed", retryable: true });
    made.client.connect();
    await settle();
    expect(made.server.socket.of("publish")).toEqual([]);
    made.server.answers.set("publish", () => undefined);
    const lost = made.client.channel(NAME).publish(2);
    await reconnect(made, {});
    await expect(lost).rejects.toMatchObject({ code: "closed" });
    expect(made.server.socket.of("publish")).toEqual([]);
  });
});

describe("members", () => {
  const page = (users: string[], next: string | null = null): Response => Response.json({ channel: NAME, members: users.map((user_id) => ({ user_id, connections: 1 })), total: users.length, next_cursor: next });
  const moved = (type: "channel_member_joined" | "channel_member_left", user_id: string): ServerFrame => ({ type, channel: NAME, user_id });

  it("are loaded when asked for, page by page, and kept by who comes and goes", async () => {
    const { channel, server } = await channelWorld();
    const moves: string[] = [];
    channel.on("member_joined", ({ user_id }) => moves.push(`+${user_id}`));
    channel.on("member_left", ({ user_id }) => moves.push(`-${user_id}`));
    server.socket.push(moved("channel_member_joined", "zoe"));
    expect(channel.snapshot().members).toBeNull();
    server.replies.set("cursor=bob", () => page(["carol"]));
    server.replies.set("/presence", async () => {
      server.socket.push(moved("channel_member_left", "alice"));
      server.socket.push(moved("channel_member_joined", "dave"));
      return page(["alice", "bob"], "bob");
    });
    channel.loadMembers();
    await settle();
    expect(channel.snapshot().members).toEqual(["bob", "carol", "dave"]);
    server.socket.push(moved("channel_member_left", "bob"));
    expect(channel.snapshot().members).toEqual(["carol", "dave"]);
    expect(moves).toEqual(["+zoe", "-alice", "+dave", "-bob"]);
    expect(server.requests.filter((request) => request.includes("presence"))).toEqual([
      "GET /channels/public%3Alobby/presence?limit=100", "GET /channels/public%3Alobby/presence?limit=100&cursor=bob",
    ]);
  });

  it("are loaded again after a reconnect, and forgotten with the subscription", async () => {
    const made = await channelWorld();
    const { channel, server, clock } = made;
    server.replies.set("/presence", () => page(["bob"]));
    channel.loadMembers();
    await settle();
    server.replies.set("/presence", () => page(["carol"]));
    await reconnect(made, { resumed: true });
    expect(channel.snapshot().members).toEqual(["carol"]);
    made.stop();
    await clock.advance(LINGER_MS);
    expect(channel.snapshot().members).toBeNull();
  });

  it("are bounded, and a refusal stands in the snapshot", async () => {
    const { channel, server } = await channelWorld();
    server.replies.set("/presence", () => page(Array.from({ length: 300 }, (_, index) => `u${index}-${server.requests.length}`), "more"));
    channel.loadMembers();
    await settle();
    server.socket.push(moved("channel_member_joined", "one more"));
    expect(channel.snapshot().members).toHaveLength(MOST_MEMBERS);
    server.replies.set("/presence", () => refusal(403, "forbidden"));
    channel.loadMembers();
    await settle();
    expect(channel.snapshot()).toMatchObject({ status: "subscribed", error: { code: "forbidden" } });
  });
});

it("reads what the server keeps over HTTP", async () => {
  const { channel, server } = await channelWorld();
  const kept = { channel: NAME, epoch: "e1", offset: 0, publications: [], has_more: false };
  server.replies.set("/history", () => Response.json(kept));
  await expect(channel.history({ after: 3, limit: 10 })).resolves.toEqual(kept);
  expect(server.requests.at(-1)).toBe("GET /channels/public%3Alobby/history?after=3&limit=10");
});

it("ends with the session, and a new session has a new handle", async () => {
  const { client, channel, server, told } = await channelWorld();
  client.logout();
  expect(channel.snapshot().status).toBe("idle");
  client.connect();
  await settle();
  channel.subscribe(() => undefined);
  await settle();
  expect(server.socket.of("subscribe")).toEqual([]);
  expect(client.channel(NAME)).not.toBe(channel);
  expect(told).toEqual(["afresh"]);
});
