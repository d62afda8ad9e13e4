// Channels and presence on a shared connection: the server hears of the first tab and of the last, each tab gets what is its own.

import { beforeEach, describe, expect, it } from "vitest";
import { Hub } from "../src/connection/sharing/hub";
import { PUBLICATIONS_BOUND } from "../src/connection/sharing/channels";
import { LEAVE_CODE } from "../src/connection/transport";
import type { Presence, Publication } from "../src/index";
import { FakeServer } from "./support/fake-server";
import { ManualClock, settle } from "../../testing/src/manual-clock";
import { answer, enter, type FakeTab } from "./support/tabs";

const ROOM = "public:room";
const SENT_AT = "2026-01-01T00:00:00.000Z";

let server: FakeServer;
let one: FakeTab;
let other: FakeTab;
/** What the server's channel has: every publication, by offset. */
let kept: Publication[];

beforeEach(async () => {
  server = new FakeServer();
  kept = [];
  answer(server, "subscribe", ({ channel, position }) => {
    const recovered = position?.epoch === "e";
    const publications = recovered ? kept.filter(({ offset }) => offset > position.offset) : [];
    return { type: "subscribed", channel, epoch: "e", offset: kept.length, recovered, publications };
  });
  answer(server, "unsubscribe", ({ channel }) => ({ type: "unsubscribed", channel }));
  const hub = new Hub({ server: "http://tutti.test", user: "alice", socket: server.open, clock: new ManualClock(), ended: () => undefined });
  [one, other] = [await enter(hub), await enter(hub)];
  for (const tab of [one, other]) tab.clear();
});

function publication(offset: number, from: string | null = "bob"): Publication {
  return { offset, from, data: offset, sent_at: SENT_AT };
}

/** Something is published, and pushed to the connection. */
async function publish(offset = kept.length + 1): Promise<void> {
  kept.push(publication(offset));
  server.socket.push({ type: "publication", channel: ROOM, ...publication(offset) });
  await settle();
}

async function subscribe(tab: FakeTab, offset?: number, epoch = "e"): Promise<void> {
  tab.ask({ type: "subscribe", channel: ROOM, ...(offset === undefined ? {} : { position: { epoch, offset } }) }, "sub");
  await settle();
}

async function unsubscribe(tab: FakeTab): Promise<void> {
  tab.ask({ type: "unsubscribe", channel: ROOM }, "un");
  await settle();
}

const offsetsOf = (tab: FakeTab): (number | undefined)[] => tab.of("publication").map(({ offset }) => offset);
const heard = (): string[] => server.socket.sent.map(({ type }) => type).filter((type) => type !== "auth");

describe("subscribing", () => {
  it("asks the server once, and answers each tab", async () => {
    await subscribe(one);
    await publish();
    await subscribe(other);
    expect(heard()).toEqual(["subscribe"]);
    expect(one.of("subscribed")).toMatchObject([{ offset: 0, recovered: false, ref: "sub" }]);
    expect(other.of("subscribed")).toEqual([{ type: "subscribed", channel: ROOM, epoch: "e", offset: 1, recovered: false, publications: [], ref: "sub" }]);
  });

  it("brings publications to the tabs that listen, and to no other", async () => {
    await subscribe(one);
    await publish();
    expect(offsetsOf(one)).toEqual([1]);
    expect(offsetsOf(other)).toEqual([]);
    await subscribe(other);
    await publish();
    expect(offsetsOf(one)).toEqual([1, 2]);
    expect(offsetsOf(other)).toEqual([2]);
  });

  it("tells who joins and leaves to the tabs that listen", async () => {
    await subscribe(one);
    server.socket.push({ type: "channel_member_joined", channel: ROOM, user_id: "bob" });
    server.socket.push({ type: "channel_member_left", channel: ROOM, user_id: "bob" });
    expect(one.frames.slice(1).map(({ type }) => type)).toEqual(["channel_member_joined", "channel_member_left"]);
    expect(other.frames).toEqual([]);
  });

  it("twice in one tab is a conflict", async () => {
    await subscribe(one);
    await subscribe(one);
    expect(one.of("error")).toMatchObject([{ code: "conflict", ref: "sub" }]);
  });

  it("waits for the answer to another tab, and takes its error as no answer to itself", async () => {
    server.answers.set("subscribe", () => undefined);
    await subscribe(one);
    await subscribe(other);
    const [first] = server.socket.of("subscribe");
    server.socket.push({ type: "error", code: "rate_limited", message: "slowly", retryable: true, ref: first?.ref ?? 0 });
    expect(one.of("error")).toMatchObject([{ code: "rate_limited", ref: "sub" }]);
    expect(other.frames).toEqual([]);
    const [, second] = server.socket.of("subscribe");
    server.socket.push({ type: "subscribed", channel: ROOM, epoch: "e", offset: 0, recovered: false, publications: [], ref: second?.ref ?? 0 });
    expect(other.of("subscribed")).toHaveLength(1);
    await publish();
    expect([offsetsOf(one), offsetsOf(other)]).toEqual([[], [1]]);
  });

  it("is answered in order when a tab changes its mind meanwhile", async () => {
    one.ask({ type: "subscribe", channel: ROOM }, 1);
    one.ask({ type: "unsubscribe", channel: ROOM }, 2);
    one.ask({ type: "subscribe", channel: ROOM }, 3);
    await settle();
    expect(one.frames.map(({ type, ref }) => [type, ref])).toEqual([["subscribed", 1], ["unsubscribed", 2], ["subscribed", 3]]);
    expect(heard()).toEqual(["subscribe", "unsubscribe", "subscribe"]);
    await publish();
    expect(offsetsOf(one)).toEqual([1]);
  });
});

describe("recovering", () => {
  it("is the server's for the first tab, and for later ones reaches as far back", async () => {
    for (let offset = 1; offset <= 5; offset++) kept.push(publication(offset));
    await subscribe(one, 2);
    await publish();
    await subscribe(other, 3);
    expect(one.of("subscribed")[0]?.publications.map(({ offset }) => offset)).toEqual([3, 4, 5]);
    expect(other.of("subscribed")).toMatchObject([{ recovered: true, offset: 6 }]);
    expect(other.of("subscribed")[0]?.publications.map(({ offset }) => offset)).toEqual([4, 5, 6]);
    await publish();
    expect([offsetsOf(one), offsetsOf(other)]).toEqual([[6, 7], [7]]);
  });

  it("says so when it cannot: before what is kept, beyond the newest, another epoch", async () => {
    for (let offset = 1; offset <= 5; offset++) kept.push(publication(offset));
    await subscribe(one);
    for (const [offset, epoch] of [[4, "e"], [6, "e"], [5, "f"]] as const) {
      await subscribe(other, offset, epoch);
      expect(other.of("subscribed").at(-1)).toMatchObject({ recovered: false, offset: 5, publications: [] });
      await unsubscribe(other);
    }
    await subscribe(other, 5);
    expect(other.of("subscribed").at(-1)).toMatchObject({ recovered: true, publications: [] });
  });

  it("does not reach over a gap that a slow connection has", async () => {
    await subscribe(one, 0);
    await publish();
    await publish(5);
    await subscribe(other, 1);
    expect(other.of("subscribed")).toMatchObject([{ recovered: false, offset: 5 }]);
    await unsubscribe(other);
    await subscribe(other, 4);
    expect(other.of("subscribed").at(-1)).toMatchObject({ recovered: true, publications: [{ offset: 5 }] });
  });

  it("keeps so many publications", async () => {
    await subscribe(one, 0);
    for (let count = 0; count <= PUBLICATIONS_BOUND.items; count++) await publish();
    await subscribe(other, 0);
    expect(other.of("subscribed").at(-1)).toMatchObject({ recovered: false });
    await unsubscribe(other);
    await subscribe(other, 1);
    expect(other.of("subscribed").at(-1)?.publications).toHaveLength(PUBLICATIONS_BOUND.items);
  });
});

describe("unsubscribing", () => {
  it("reaches the server with the last tab", async () => {
    await subscribe(one);
    await subscribe(other);
    await unsubscribe(one);
    await publish();
    expect(heard()).toEqual(["subscribe"]);
    expect([offsetsOf(one), offsetsOf(other)]).toEqual([[], [1]]);
    await unsubscribe(other);
    expect(heard()).toEqual(["subscribe", "unsubscribe"]);
    for (const tab of [one, other]) expect(tab.of("unsubscribed")).toMatchObject([{ channel: ROOM, ref: "un" }]);
  });

  it("without listening is a conflict", async () => {
    await subscribe(one);
    await unsubscribe(other);
    expect(other.of("error")).toMatchObject([{ code: "conflict", ref: "un" }]);
  });

  it("is done for a tab that leaves", async () => {
    await subscribe(one);
    one.socket.close(LEAVE_CODE);
    expect(heard()).toEqual(["subscribe", "unsubscribe"]);
  });

  it("is done for a tab that leaves before it is answered", async () => {
    one.ask({ type: "subscribe", channel: ROOM }, 1);
    one.socket.close(LEAVE_CODE);
    await settle();
    expect(heard()).toEqual(["subscribe", "unsubscribe"]);
    await subscribe(other);
    expect(other.of("subscribed")).toHaveLength(1);
  });
});

describe("unsubscribing that the server refuses for now", () => {
  beforeEach(() => answer(server, "unsubscribe", () => ({ type: "error", code: "rate_limited", message: "slowly", retryable: true })));

  it("leaves the tab listening", async () => {
    await subscribe(one);
    await unsubscribe(one);
    expect(one.of("error")).toMatchObject([{ code: "rate_limited", ref: "un" }]);
    await publish();
    expect(offsetsOf(one)).toEqual([1]);
  });

  it("for a tab that left does not keep others from listening", async () => {
    await subscribe(one);
    one.socket.close(LEAVE_CODE);
    await settle();
    await publish();
    await subscribe(other, 0);
    expect(other.of("subscribed")).toMatchObject([{ recovered: true, offset: 1 }]);
    expect(heard()).toEqual(["subscribe", "unsubscribe"]);
  });
});

it("subscribing while the server refuses to unsubscribe does not hide from the server what it holds still", async () => {
  let [refuses, holds] = [true, false];
  answer(server, "subscribe", ({ channel }) => {
    if (holds) return { type: "error", code: "conflict", message: "already", retryable: false };
    holds = true;
    return { type: "subscribed", channel, epoch: "e", offset: 0, recovered: false, publications: [] };
  });
  answer(server, "unsubscribe", ({ channel }) => {
    if (refuses) return { type: "error", code: "rate_limited", message: "slowly", retryable: true };
    holds = false;
    return { type: "unsubscribed", channel };
  });
  await subscribe(one);
  one.ask({ type: "unsubscribe", channel: ROOM }, "un");
  await subscribe(one);
  expect(one.of("error")).toMatchObject([{ code: "rate_limited", ref: "un" }, { code: "conflict", ref: "sub" }]);
  refuses = false;
  await unsubscribe(one);
  await subscribe(one);
  await publish();
  expect(offsetsOf(one)).toEqual([1]);
});

describe("publishing", () => {
  it("without the sender spares the tab that sends, and not its siblings", async () => {
    await subscribe(one);
    await subscribe(other);
    answer(server, "publish", ({ channel }) => ({ type: "published", channel, offset: 1, duplicate: false }));
    one.ask({ type: "publish", channel: ROOM, data: { x: 1 }, exclude_sender: true }, 1);
    await settle();
    expect(one.of("published")).toMatchObject([{ offset: 1, ref: 1 }]);
    expect(one.of("publication")).toEqual([]);
    expect(other.of("publication")).toEqual([{ type: "publication", channel: ROOM, offset: 1, from: "alice", data: { x: 1 }, sent_at: SENT_AT }]);
    await unsubscribe(one);
    await subscribe(one, 0);
    expect(one.of("subscribed").at(-1)).toMatchObject({ recovered: true, publications: [{ offset: 1 }] });
  });

  it("once more, with the same client_id, tells nobody", async () => {
    await subscribe(other);
    answer(server, "publish", ({ channel }) => ({ type: "published", channel, offset: 1, duplicate: true }));
    one.ask({ type: "publish", channel: ROOM, data: 1, client_id: "k", exclude_sender: true }, 1);
    await settle();
    expect(other.of("publication")).toEqual([]);
  });
});

describe("presence", () => {
  const follow = (tab: FakeTab, ...users: string[]): void => tab.ask({ type: "presence_subscribe", user_ids: users }, "f");
  const unfollow = (tab: FakeTab, ...users: string[]): void => tab.ask({ type: "presence_unsubscribe", user_ids: users }, "u");
  const unfollowed = (): (readonly string[] | undefined)[] => server.socket.of("presence_unsubscribe").map(({ user_ids }) => user_ids);
  const presence = (user_id: string): Presence => ({ user_id, status: "online", text: null, last_seen_at: null });

  function membersAre(...users: string[]): void {
    answer(server, "presence_subscribe", () => ({ type: "presence_state", users: users.map(presence), next_cursor: null }));
  }

  it("is asked of the server for each tab, and forgotten with the last", async () => {
    follow(one, "bob", "carol");
    follow(other, "bob");
    expect(server.socket.of("presence_subscribe")).toHaveLength(2);
    unfollow(one, "bob", "carol");
    unfollow(other, "bob");
    await settle();
    expect(unfollowed()).toEqual([["carol"], ["bob"]]);
    for (const tab of [one, other]) expect(tab.of("presence_state").map(({ ref }) => ref)).toEqual(["f", "u"]);
  });

  it("is answered here when nobody is to be forgotten", async () => {
    follow(one, "bob");
    follow(other, "bob");
    unfollow(one, "bob");
    expect(one.of("presence_state")).toEqual([{ type: "presence_state", users: [], next_cursor: null, ref: "u" }]);
    expect(unfollowed()).toEqual([]);
  });

  it("is forgotten for a tab that leaves, in frames of the size that the server takes", async () => {
    const crowd = Array.from({ length: 150 }, (_, at) => `user${at}`);
    follow(one, ...crowd.slice(0, 100));
    follow(one, ...crowd.slice(100));
    follow(other, "user0");
    one.socket.close(LEAVE_CODE);
    expect(unfollowed().map((users) => users?.length)).toEqual([100, 49]);
    expect(unfollowed().flat()).toEqual(crowd.slice(1));
  });

  it("that was refused is not counted", async () => {
    answer(server, "presence_subscribe", () => ({ type: "error", code: "validation_failed", message: "too many", retryable: false }));
    follow(one, "bob");
    await settle();
    one.socket.close(LEAVE_CODE);
    expect(unfollowed()).toEqual([]);
  });

  it("of a conversation is counted by its members", async () => {
    membersAre("bob", "carol");
    one.ask({ type: "presence_subscribe", conversation_id: "room" }, 1);
    await settle();
    follow(other, "bob");
    one.ask({ type: "presence_unsubscribe", conversation_id: "room" }, 2);
    await settle();
    expect(unfollowed()).toEqual([["carol"]]);
    expect(one.of("presence_state").map(({ ref }) => ref)).toEqual([1, 2]);
  });

  it("of a conversation is asked for again when another tab unfollowed before its members were known", async () => {
    membersAre("bob");
    follow(other, "bob");
    await settle();
    one.ask({ type: "presence_subscribe", conversation_id: "room" }, 1);
    unfollow(other, "bob");
    await settle();
    expect(server.socket.of("presence_subscribe").at(-1)).toMatchObject({ user_ids: ["bob"] });
  });

  it("of a conversation is forgotten when the tab is gone before the reply", async () => {
    membersAre("bob");
    one.ask({ type: "presence_subscribe", conversation_id: "room" }, 1);
    one.socket.close(LEAVE_CODE);
    await settle();
    expect(unfollowed()).toEqual([["bob"]]);
  });
});
