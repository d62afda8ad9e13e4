// Looking at a part of a conversation that is not its end: jumping, going on in both directions, and coming back to what is live.

import { describe, expect, it } from "vitest";
import type { ConversationHandle } from "../src/index";
import { LARGEST_PAGE, MOST_RELOADED_PAGES, PAGE_SIZE } from "../src/chat/history";
import { refusal } from "./support/fake-server";
import { settle } from "../../testing/src/manual-clock";
import { chatWorld, connectedWorld, reconnect } from "./support/world";

/** The first and the last message that is shown, after a check that none in between is missing. */
function span(room: ConversationHandle): [number, number] {
  const seqs = room.snapshot().messages.map(({ seq }) => seq);
  const [first, last] = [seqs[0] ?? 0, seqs.at(-1) ?? 0];
  expect(seqs).toEqual(Array.from({ length: last - first + 1 }, (_, index) => first + index));
  return [first, last];
}

describe("a jump", () => {
  it("shows the surroundings of a message, then more in both directions until it is live again", async () => {
    const { room, server } = await chatWorld(300);
    await room.loadAround("room-m100");
    expect(span(room)).toEqual([75, 124]);
    expect(room.snapshot()).toMatchObject({ status: "ready", hasOlder: true, hasNewer: true });
    await room.loadOlder();
    const newer = room.loadNewer();
    void room.loadNewer();
    expect(room.snapshot().loadingNewer).toBe(true);
    await newer;
    expect(span(room)).toEqual([25, 174]);
    for (let pages = 0; pages < 3; pages++) await room.loadNewer();
    expect(span(room)).toEqual([25, 300]);
    expect(room.snapshot()).toMatchObject({ hasOlder: true, hasNewer: false, loadingNewer: false });
    server.requests.length = 0;
    await room.loadNewer();
    expect(server.requests).toEqual([]);
    server.say("room");
    expect(span(room)).toEqual([25, 301]);
  });

  it("does not show what comes live until everything up to it is loaded, and loses none of it", async () => {
    const { room, server } = await chatWorld(120);
    await room.loadAround("room-m20");
    expect(span(room)).toEqual([1, 50]);
    expect(room.snapshot().hasOlder).toBe(false);
    server.say("room");
    server.socket.push({ type: "message_edited", message: { ...server.room().messages[9]!, message: "edited" }, ...server.place("room") });
    expect(span(room)).toEqual([1, 50]);
    expect(room.snapshot().messages[9]?.message).toBe("edited");
    await room.loadNewer();
    server.replies.set("after_id", async () => {
      server.replies.clear();
      const messages = server.room().messages.slice(100).reverse();
      server.say("room", { message: "while the last page is on its way" });
      await settle();
      return Response.json({ messages, has_more: false });
    });
    await room.loadNewer();
    expect(span(room)).toEqual([1, 122]);
  });

  it("to one of the newest is live at once, and works without having loaded anything", async () => {
    const { client, server } = await connectedWorld();
    for (let seq = 1; seq <= 80; seq++) server.add("room");
    const room = client.conversation("room");
    await room.loadAround("room-m78");
    expect(span(room)).toEqual([31, 80]);
    expect(room.snapshot()).toMatchObject({ status: "ready", hasNewer: false, hasOlder: true });
    await room.load();
    expect(server.requests.filter((request) => request.includes("/messages"))).toHaveLength(1);
  });

  it("that fails leaves what was there", async () => {
    const { room, server } = await chatWorld(10);
    server.replies.set("around_id", () => refusal(404, "not_found"));
    await room.loadAround("nowhere");
    expect(room.snapshot()).toMatchObject({ status: "ready", error: { code: "not_found" }, hasNewer: false });
    expect(span(room)).toEqual([1, 10]);
    server.say("room");
    expect(span(room)).toEqual([1, 11]);
  });

  it("makes an older page that was on its way worthless", async () => {
    const { room } = await chatWorld(300);
    const older = room.loadOlder();
    const around = room.loadAround("room-m30");
    await Promise.all([older, around]);
    expect(span(room)).toEqual([5, 54]);
    expect(room.snapshot()).toMatchObject({ loadingOlder: false, hasOlder: true });
  });
});

describe("back to the newest", () => {
  it("when asked, and by sending", async () => {
    const { room, server } = await chatWorld(200);
    await room.loadAround("room-m20");
    await room.loadLatest();
    expect(span(room)).toEqual([151, 200]);
    expect(room.snapshot()).toMatchObject({ hasOlder: true, hasNewer: false });
    await room.loadAround("room-m20");
    await room.send({ message: "mine" });
    await settle();
    expect(span(room)[1]).toBe(201);
    expect(room.snapshot().messages.filter(({ message }) => message === "mine")).toMatchObject([{ delivery: "sent" }]);
    server.requests.length = 0;
    await room.loadLatest();
    expect(server.requests).toEqual([]);
  });
});

describe("a reload after missed events", () => {
  it("renews the part that is shown, without going to the end", async () => {
    const made = await chatWorld(400);
    const { room, server } = made;
    await room.loadAround("room-m100");
    server.room().messages[99] = { ...server.room().messages[99]!, message: "edited meanwhile" };
    server.add("room");
    await reconnect(made, { resumed: false });
    await settle();
    expect(room.snapshot().messages.find(({ seq }) => seq === 100)?.message).toBe("edited meanwhile");
    expect(room.snapshot()).toMatchObject({ status: "ready", hasNewer: true });
    const [first, last] = span(room);
    expect(first).toBeLessThanOrEqual(75);
    expect(last).toBeLessThan(401);
  });

  it("shows the newest page when too much was missed", async () => {
    const made = await chatWorld(10);
    const { room, server } = made;
    for (let count = 0; count < MOST_RELOADED_PAGES * LARGEST_PAGE + 1; count++) server.add("room");
    server.requests.length = 0;
    await reconnect(made, { resumed: false });
    await made.clock.advance(0);
    await settle();
    const total = 10 + MOST_RELOADED_PAGES * LARGEST_PAGE + 1;
    expect(span(room)).toEqual([total - PAGE_SIZE + 1, total]);
    expect(room.snapshot()).toMatchObject({ hasOlder: true, hasNewer: false, status: "ready" });
    expect(server.requests.filter((request) => request.includes("/messages"))).toHaveLength(MOST_RELOADED_PAGES + 1);
  });
});
