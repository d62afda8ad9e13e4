// The order of events by offset: repeats, overtaking replies, gaps that fill and gaps that do not.

import { describe, expect, it } from "vitest";
import { EventOrder, GAP_WAIT_MS, MOST_HELD } from "../src/chat/gap";
import { message } from "./support/fixtures";
import { ManualClock, settle } from "../../testing/src/manual-clock";
import { chatWorld } from "./support/world";

function order(): { clock: ManualClock; order: EventOrder; applied: number[]; repaired: string[]; push(...offsets: number[]): void } {
  const clock = new ManualClock();
  const applied: number[] = [];
  const repaired: string[] = [];
  const events = new EventOrder({ clock, apply: (event) => applied.push(event.offset ?? 0), repair: (id) => repaired.push(id) });
  const push = (...offsets: number[]): void => {
    for (const offset of offsets) events.receive({ type: "message", message: message(offset), offset });
  };
  return { clock, order: events, applied, repaired, push };
}

describe("order", () => {
  it("drops repeats and what a snapshot has in it already", () => {
    const { order: events, push, applied } = order();
    events.begin("room", 3);
    push(2, 3, 4, 4, 5, 4);
    expect(applied).toEqual([4, 5]);
  });

  it("takes the first event of an unknown conversation as the beginning", () => {
    const { order: events, push, applied } = order();
    push(7, 8);
    events.begin("room", 3);
    push(8, 9);
    expect(applied).toEqual([7, 8, 9]);
  });

  it("holds what overtook until the rest is there", async () => {
    const { push, applied, repaired, clock } = order();
    push(1, 4, 3);
    expect(applied).toEqual([1]);
    push(2);
    expect(applied).toEqual([1, 2, 3, 4]);
    await clock.advance(10 * GAP_WAIT_MS);
    expect(repaired).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it("gives a gap up after a moment: applies what is there in order and asks for repair", async () => {
    const { push, applied, repaired, clock } = order();
    push(1, 5, 3);
    await clock.advance(GAP_WAIT_MS - 1);
    expect([applied, repaired]).toEqual([[1], []]);
    await clock.advance(1);
    expect([applied, repaired]).toEqual([[1, 3, 5], ["room"]]);
    push(6);
    expect(applied).toEqual([1, 3, 5, 6]);
  });

  it("does not hold more than it may", () => {
    const { push, repaired } = order();
    push(1, ...Array.from({ length: MOST_HELD + 1 }, (_, index) => index + 3));
    expect(repaired).toEqual(["room"]);
  });

  it("begins again after forget", () => {
    const { order: events, push, applied } = order();
    push(1, 3);
    events.forget("room");
    push(9);
    expect(applied).toEqual([1, 9]);
  });

  it("keeps conversations apart", () => {
    const { order: events, push, applied } = order();
    push(1);
    events.receive({ type: "message", message: message(1, { conversation_id: "other" }), offset: 8 });
    push(2);
    expect(applied).toEqual([1, 8, 2]);
  });
});

describe("repair", () => {
  it("loads what a gap swallowed, messages and counts", async () => {
    const { room, server, clock, client } = await chatWorld(1);
    await client.conversations.load();
    server.add("room", { message: "swallowed" });
    server.say("room", { message: "after" });
    expect(room.snapshot().messages.map((view) => view.message)).toEqual(["text 1"]);
    server.requests.length = 0;
    await clock.advance(GAP_WAIT_MS);
    await settle();
    expect(room.snapshot().messages.map((view) => view.message)).toEqual(["text 1", "swallowed", "after"]);
    expect(server.requests).toContain("GET /conversations/room");
    expect(server.requests.some((request) => request.includes("after_id="))).toBe(true);
    expect(client.conversations.snapshot().unread).toBe(3);
  });

  it("finds no gap after its own read receipts, and none the less one that is there", async () => {
    const { room, server, clock } = await chatWorld(1);
    room.markRead();
    await clock.advance(1000);
    server.requests.length = 0;
    server.say("room", { message: "next" });
    expect(room.snapshot().messages.at(-1)?.message).toBe("next");
    await clock.advance(10_000);
    expect(server.requests).toEqual([]);
    server.add("room");
    server.say("room", { message: "after a real gap" });
    expect(room.snapshot().messages).toHaveLength(2);
    await clock.advance(GAP_WAIT_MS);
    expect(room.snapshot().messages).toHaveLength(4);
  });

  it("moves on only with the push of a read receipt, whichever comes first, it or the reply", async () => {
    const { room, server, clock, client } = await chatWorld(1);
    const position = { conversation_id: "room", user_id: "alice", last_read_id: "room-m1", last_read_seq: 1 };
    server.answers.set("read_receipt", (frame, socket) => {
      const place = server.place("room");
      server.say("room", { message: "overtakes" });
      expect(room.snapshot().messages).toHaveLength(1);
      socket.push({ type: "read_receipt", ...position, ...place });
      socket.push({ type: "read_receipt_ok", conversations: [position], ref: frame.ref ?? "" });
    });
    room.markRead();
    server.requests.length = 0;
    await clock.advance(10_000);
    expect(room.snapshot()).toMatchObject({ messages: [{}, { message: "overtakes" }], readers: { alice: 1 } });
    expect(client.conversations.snapshot().unread).toBe(1);
    expect(server.requests).toEqual([]);
  });
});
