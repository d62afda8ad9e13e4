// The hub: one connection for many tabs. What each tab is told, and what the server hears.

import { beforeEach, describe, expect, it } from "vitest";
import { ANSWER_MS } from "../src/connection/liveness";
import { Hub, MOST_TABS, MOST_UNANSWERED } from "../src/connection/sharing/hub";
import { EVENTS_BOUND } from "../src/connection/sharing/recent";
import { GOODBYE_CODE, LEAVE_CODE, LOST_CODE, RECONNECT_NOW_CODE } from "../src/connection/transport";
import type { ServerFrame } from "../src/index";
import { FakeServer } from "./support/fake-server";
import { message, welcome } from "./support/fixtures";
import { ManualClock, settle } from "../../testing/src/manual-clock";
import { answer, enter, FakeTab, tokenOf } from "./support/tabs";

let server: FakeServer;
let clock: ManualClock;
let hub: Hub;
let ended: number;

function newHub(): Hub {
  return new Hub({ server: "http://tutti.test", user: "alice", socket: server.open, clock, ended: () => void ended++ });
}

beforeEach(() => {
  [server, clock, ended] = [new FakeServer(), new ManualClock(), 0];
  server.welcome = () => welcome({ since: "e0" });
  hub = newHub();
});

/** A push with a place in the log. */
function event(id: number, over: Partial<ServerFrame> = {}): ServerFrame {
  return { type: "message", message: message(id), event_id: `e${id}`, offset: id, ...over } as ServerFrame;
}

async function push(...frames: ServerFrame[]): Promise<void> {
  for (const frame of frames) server.socket.push(frame);
  await settle();
}

describe("the connection", () => {
  it("is one for all tabs", async () => {
    const tabs = [await enter(hub), await enter(hub), await enter(hub)];
    expect(server.sockets).toHaveLength(1);
    expect(server.socket.of("auth")).toHaveLength(1);
    for (const tab of tabs) expect(tab.of("welcome")).toMatchObject([{ connection_id: "c1", user: { id: "alice" } }]);
    expect(tabs.map((tab) => tab.openings)).toEqual([1, 1, 1]);
  });

  it("is closed when the last tab leaves, with the tab's own code", async () => {
    const [one, other] = [await enter(hub), await enter(hub)];
    one.socket.close(GOODBYE_CODE);
    expect(server.socket.closedWith).toBeNull();
    other.socket.close(LEAVE_CODE);
    expect(server.socket.closedWith).toBe(LEAVE_CODE);
    expect(ended).toBe(1);
    expect(clock.waiting).toBe(0);
  });

  it("is closed for every tab with the server's own words", async () => {
    for (const code of [4001, 4003, 4004, 4102, LOST_CODE]) {
      hub = newHub();
      const [one, other] = [await enter(hub), await enter(hub)];
      server.socket.handlers.closed(code, "why");
      for (const tab of [one, other]) expect(tab.closes).toEqual([{ code, reason: "why" }]);
    }
  });

  it("that cannot be opened is a loss for the tab that asked", () => {
    hub = new Hub({ server: "", user: "alice", clock, ended: () => void ended++, socket: () => {
      throw new Error("no sockets today");
    } });
    expect(new FakeTab(hub).closes).toMatchObject([{ code: LOST_CODE }]);
    expect(ended).toBe(1);
  });

  it("has at most so many tabs", async () => {
    const tabs = await Promise.all(Array.from({ length: MOST_TABS }, () => enter(hub)));
    const oneMore = new FakeTab(hub);
    expect(oneMore.closes).toMatchObject([{ code: 4029 }]);
    tabs[0]?.socket.close(LEAVE_CODE);
    expect((await enter(hub)).of("welcome")).toHaveLength(1);
  });

  it("that is dead is noticed by a ping that nothing follows, and the tabs come anew", async () => {
    const [one, other] = [await enter(hub), await enter(hub)];
    server.answers.set("ping", () => undefined);
    one.ask({ type: "ping" }, 1);
    await clock.advance(ANSWER_MS - 1);
    expect(one.closes).toEqual([]);
    await clock.advance(1);
    for (const tab of [one, other]) expect(tab.closes).toMatchObject([{ code: 4101 }]);
    expect(server.socket.closedWith).toBe(LEAVE_CODE);
  });

  it("is not doubted when anything follows a ping", async () => {
    const one = await enter(hub);
    server.answers.set("ping", () => undefined);
    one.ask({ type: "ping" }, 1);
    await push(event(1));
    await clock.advance(ANSWER_MS);
    expect(one.closes).toEqual([]);
  });

  it("moves away with tabs that reconnect at once, and without a goodbye", async () => {
    const one = await enter(hub);
    hub.moveAway();
    expect(one.closes).toMatchObject([{ code: RECONNECT_NOW_CODE, reason: expect.stringContaining("retry_after_ms=0") as string }]);
    expect(server.socket.closedWith).toBe(LEAVE_CODE);
    server.socket.push(event(1));
    expect(one.of("message")).toEqual([]);
  });
});

describe("signing in", () => {
  it("waits for the first tab's welcome", async () => {
    server.answers.set("auth", () => undefined);
    const [one, other] = [await enter(hub), await enter(hub)];
    expect(server.socket.of("auth")).toHaveLength(1);
    await push(welcome());
    for (const tab of [one, other]) expect(tab.of("welcome")).toHaveLength(1);
  });

  it("is refused to another user", async () => {
    const one = await enter(hub);
    const mallory = await enter(hub, undefined, tokenOf("mallory"));
    expect(mallory.closes).toMatchObject([{ code: 4001 }]);
    await push(event(1));
    expect(mallory.frames).toEqual([]);
    expect(one.of("message")).toHaveLength(1);
  });

  it("is the first thing a tab does", async () => {
    await enter(hub);
    const rude = new FakeTab(hub);
    rude.ask({ type: "history", conversation_id: "room" }, 1);
    expect(rude.closes).toMatchObject([{ code: 4001 }]);
    expect(server.socket.of("history")).toEqual([]);
  });

  it("of a refused token is the fault of the tab that brought it", async () => {
    server.answers.set("auth", (_frame, socket) => {
      socket.push({ type: "error", code: "unauthenticated", message: "no", retryable: false });
      socket.handlers.closed(4001, "authentication failed");
    });
    const [one, other] = [new FakeTab(hub), new FakeTab(hub)];
    await settle();
    one.ask({ type: "auth", token: tokenOf() });
    other.ask({ type: "auth", token: tokenOf() });
    await settle();
    expect(one.of("error")).toHaveLength(1);
    expect(one.closes).toMatchObject([{ code: 4001 }]);
    expect(other.closes).toMatchObject([{ code: RECONNECT_NOW_CODE }]);
    expect(other.frames).toEqual([]);
  });

  it("goes on when the tab that brought the token leaves meanwhile", async () => {
    server.answers.set("auth", () => undefined);
    const [one, other] = [await enter(hub, "e7"), await enter(hub, "e7")];
    one.socket.close(LEAVE_CODE);
    await push(welcome({ resumed: true }));
    expect(other.of("welcome")).toMatchObject([{ resumed: true }]);
  });

  it("tells a later tab the server's time of now", async () => {
    server.welcome = () => welcome({ server_time: new Date(clock.now() + 5000).toISOString() });
    await enter(hub);
    await clock.advance(60_000);
    const later = await enter(hub);
    expect(later.of("welcome")[0]?.server_time).toBe(new Date(clock.now() + 5000).toISOString());
  });
});

describe("tokens", () => {
  it("that are fresh go to the server, and the reply to the tab", async () => {
    const [one, other] = [await enter(hub), await enter(hub)];
    one.ask({ type: "auth", token: tokenOf("alice", 7200) }, "fresh");
    await settle();
    expect(server.socket.of("auth")[1]).toMatchObject({ token: tokenOf("alice", 7200) });
    expect(one.of("auth_ok")).toMatchObject([{ ref: "fresh" }]);
    expect(other.of("auth_ok")).toEqual([]);
  });

  it("that are older than the one that counts do not shorten the session of the others", async () => {
    const one = await enter(hub, undefined, tokenOf("alice", 7200));
    one.ask({ type: "auth", token: tokenOf("alice", 60) }, 1);
    await enter(hub, undefined, tokenOf("alice", 60));
    await settle();
    expect(server.socket.of("auth")).toHaveLength(1);
    expect(one.of("auth_ok")).toEqual([{ type: "auth_ok", expires_at: "2026-01-01T02:00:00.000Z", ref: 1 }]);
  });

  it("of a tab that comes later count if they last longer", async () => {
    const one = await enter(hub, undefined, tokenOf("alice", 60));
    const later = await enter(hub, undefined, tokenOf("alice", 7200));
    expect(server.socket.of("auth").map(({ token }) => token)).toEqual([tokenOf("alice", 60), tokenOf("alice", 7200)]);
    for (const tab of [one, later]) expect(tab.of("auth_ok")).toEqual([]);
  });

  it("of another user are refused", async () => {
    const one = await enter(hub);
    one.ask({ type: "auth", token: tokenOf("mallory") }, 1);
    expect(one.of("error")).toMatchObject([{ code: "forbidden", ref: 1 }]);
    expect(one.closes).toEqual([]);
  });
});

describe("positions", () => {
  it("a tab without one loads afresh from the newest", async () => {
    await enter(hub);
    await push(event(1), event(2));
    const later = await enter(hub);
    expect(later.frames).toMatchObject([{ type: "welcome", resumed: false, since: "e2" }]);
  });

  it("a tab that was here is given what followed, once and in order", async () => {
    await enter(hub);
    await push(event(1), event(2), event(3));
    const later = await enter(hub, "e1");
    expect(later.frames).toMatchObject([{ type: "welcome", resumed: true }, { event_id: "e2" }, { event_id: "e3" }]);
    await push(event(4));
    expect(later.of("message").map(({ event_id }) => event_id)).toEqual(["e2", "e3", "e4"]);
  });

  it("tabs that come back together resume from the same position, also in the middle of the replay", async () => {
    server.welcome = () => welcome({ resumed: true, since: "e9", reset: ["full"] });
    const one = await enter(hub, "e5");
    await push(event(6));
    const other = await enter(hub, "e5");
    await push(event(7));
    for (const tab of [one, other]) {
      expect(tab.of("welcome")).toMatchObject([{ resumed: true, reset: ["full"] }]);
      expect(tab.of("message").map(({ event_id }) => event_id)).toEqual(["e6", "e7"]);
    }
  });

  it("a tab whose position is not known here loads afresh", async () => {
    server.welcome = () => welcome({ resumed: true, since: "e9" });
    await enter(hub, "e5");
    await push(event(6));
    for (const since of ["e4", "e9"]) expect((await enter(hub, since)).frames).toMatchObject([{ type: "welcome", resumed: false, reset: [], since: "e6" }]);
  });

  it("the first tab is told what the server says", async () => {
    server.welcome = () => welcome({ resumed: false, since: "e9" });
    expect((await enter(hub, "e5")).of("welcome")).toMatchObject([{ resumed: false, since: "e9" }]);
  });

  it("what a reply told is replayed too", async () => {
    const one = await enter(hub);
    await push(event(1));
    one.ask({ type: "message", conversation_id: "room", message: "hello" }, 1);
    await settle();
    const later = await enter(hub, "e1");
    expect(later.of("message")).toMatchObject([{ message: { message: "hello" } }]);
  });

  it("nobody resumes over what a reply told and is kept no more", async () => {
    const one = await enter(hub);
    await push(event(1));
    one.ask({ type: "message", conversation_id: "room", message: "hello" }, 1);
    await settle();
    // The event before it goes, then it itself, and what is left follows nobody's position.
    await push(...Array.from({ length: EVENTS_BOUND.items }, (_, at) => event(at + 2)));
    expect((await enter(hub, "e1")).of("welcome")).toMatchObject([{ resumed: false }]);
    expect((await enter(hub, "e2")).of("welcome")).toMatchObject([{ resumed: true }]);
  });

  it("only so many events are kept", async () => {
    await enter(hub);
    await push(...Array.from({ length: EVENTS_BOUND.items + 1 }, (_, at) => event(at + 1)));
    expect((await enter(hub, "e0")).of("welcome")).toMatchObject([{ resumed: false }]);
    const later = await enter(hub, "e1");
    expect(later.of("welcome")).toMatchObject([{ resumed: true }]);
    expect(later.of("message")).toHaveLength(EVENTS_BOUND.items);
  });
});

describe("requests", () => {
  it("of several tabs keep their refs apart, and replies go to who asked", async () => {
    const [one, other] = [await enter(hub), await enter(hub)];
    answer(server, "history", ({ conversation_id }) => ({ type: "history", messages: [], has_more: conversation_id === "a" }));
    one.ask({ type: "history", conversation_id: "a" }, 1);
    other.ask({ type: "history", conversation_id: "b" }, 1);
    await settle();
    expect(one.of("history")).toEqual([{ type: "history", messages: [], has_more: true, ref: 1 }]);
    expect(other.of("history")).toEqual([{ type: "history", messages: [], has_more: false, ref: 1 }]);
    expect(new Set(server.socket.of("history").map(({ ref }) => ref)).size).toBe(2);
  });

  it("that are refused tell the asking tab alone", async () => {
    const [one, other] = [await enter(hub), await enter(hub)];
    answer(server, "message", () => ({ type: "error", code: "forbidden", message: "no", retryable: false }));
    one.ask({ type: "message", conversation_id: "room", message: "hello" }, "x");
    await settle();
    expect(one.of("error")).toMatchObject([{ code: "forbidden", ref: "x" }]);
    expect(other.of("error")).toEqual([]);
  });

  it("without a ref are answered without one", async () => {
    const one = await enter(hub);
    one.ask({ type: "ping" });
    await settle();
    expect(one.of("pong")[0]).not.toHaveProperty("ref");
  });

  it("of one tab that wait for a reply are so many", async () => {
    const [one, other] = [await enter(hub), await enter(hub)];
    server.answers.set("history", () => undefined);
    for (let ref = 0; ref <= MOST_UNANSWERED; ref++) one.ask({ type: "history", conversation_id: "room" }, ref);
    other.ask({ type: "history", conversation_id: "room" }, 1);
    expect(one.frames.slice(1)).toMatchObject([{ type: "error", code: "rate_limited", retry_after_ms: 1000, ref: MOST_UNANSWERED }]);
    expect(server.socket.of("history")).toHaveLength(MOST_UNANSWERED + 1);
    server.socket.push({ type: "history", messages: [], has_more: false, ref: server.socket.of("history")[0]?.ref ?? 0 });
    one.ask({ type: "history", conversation_id: "room" }, "now");
    expect(server.socket.of("history")).toHaveLength(MOST_UNANSWERED + 2);
  });

  it("that are no frame are refused", async () => {
    const one = await enter(hub);
    for (const text of ["nonsense", "7", "{}"]) one.socket.send(text);
    expect(one.of("error").map(({ code }) => code)).toEqual(["invalid_request", "invalid_request", "invalid_request"]);
  });

  it("typing is passed on without waiting for a reply that never comes", async () => {
    const one = await enter(hub);
    for (let at = 0; at <= MOST_UNANSWERED; at++) one.ask({ type: "typing", conversation_id: "room", is_typing: true }, at);
    expect(server.socket.of("typing")).toHaveLength(MOST_UNANSWERED + 1);
    expect(server.socket.of("typing")[0]).not.toHaveProperty("ref");
    expect(one.of("error")).toEqual([]);
  });
});

describe("what one tab changes", () => {
  const changes: [string, ServerFrame, ServerFrame][] = [
    ["a message", { type: "message_sent", message: message(3), duplicate: false, offset: 3 }, { type: "message", message: message(3), offset: 3 }],
    ["an edit", { type: "message_edited", message: message(3), offset: 4 }, { type: "message_edited", message: message(3), offset: 4 }],
    ["a deletion", { type: "message_deleted", message_id: "m3", conversation_id: "room", offset: 4 }, { type: "message_deleted", message_id: "m3", conversation_id: "room", offset: 4 }],
    ...(["reaction_added", "reaction_removed"] as const).map((type): [string, ServerFrame, ServerFrame] => {
      const reaction = { type, conversation_id: "room", message_id: "m3", user_id: "alice", emoji: "+", count: 1, offset: 4 };
      return [type, reaction, reaction];
    }),
    ["the own status", { type: "presence_set_ok", status: "busy", text: null }, { type: "presence_set_ok", status: "busy", text: null }],
  ];

  it.each(changes)("is pushed to the others: %s", async (_name, reply, pushed) => {
    const [one, other] = [await enter(hub), await enter(hub)];
    answer(server, "ping", () => reply);
    one.ask({ type: "ping" }, 1);
    await settle();
    expect(one.frames.slice(1)).toEqual([{ ...reply, ref: 1 }]);
    expect(other.frames.slice(1)).toEqual([pushed]);
  });

  it("reaches the others also when the tab is gone before the reply", async () => {
    const [one, other] = [await enter(hub), await enter(hub)];
    one.ask({ type: "message", conversation_id: "room", message: "last words" }, 1);
    one.socket.close(LEAVE_CODE);
    await settle();
    expect(other.of("message")).toMatchObject([{ message: { message: "last words" }, offset: 1 }]);
    expect(one.of("message_sent")).toEqual([]);
  });

  it("is not told again for a repeat, which changes nothing", async () => {
    const [one, other] = [await enter(hub), await enter(hub)];
    for (const ref of [1, 2]) one.ask({ type: "message", conversation_id: "room", message: "once", client_id: "k" }, ref);
    await settle();
    expect(one.of("message_sent").map(({ duplicate }) => duplicate)).toEqual([false, true]);
    expect(other.of("message")).toHaveLength(1);
  });

  it("read positions come as the server's own pushes, once, to every tab", async () => {
    server.add("room");
    const [one, other] = [await enter(hub), await enter(hub)];
    one.ask({ type: "read_receipt", conversation_id: "room", message_id: "room-m1" }, 1);
    await settle();
    expect(one.of("read_receipt_ok")).toHaveLength(1);
    expect(other.of("read_receipt_ok")).toEqual([]);
    for (const tab of [one, other]) expect(tab.of("read_receipt")).toHaveLength(1);
  });
});

describe("pushes", () => {
  it("durable events, presence and typing go to every tab", async () => {
    const tabs = [await enter(hub), await enter(hub)];
    await push(
      event(1),
      { type: "presence", user_id: "bob", status: "away", text: null, last_seen_at: null },
      { type: "typing", conversation_id: "room", user_id: "bob", is_typing: true },
    );
    for (const tab of tabs) expect(tab.frames.slice(1).map(({ type }) => type)).toEqual(["message", "presence", "typing"]);
  });

  it("of kinds that this version does not know are passed on as they are", async () => {
    const one = await enter(hub);
    server.socket.handlers.message('{"type":"novelty","x":1}');
    expect(one.frames.at(-1)).toEqual({ type: "novelty", x: 1 });
  });
});

describe("a logout", () => {
  it("ends the session of all tabs", async () => {
    const [one, other] = [await enter(hub), await enter(hub)];
    one.ask({ type: "logout" });
    await settle();
    expect(server.socket.of("logout")).toHaveLength(1);
    expect(server.socket.closedWith).toBe(GOODBYE_CODE);
    for (const tab of [one, other]) expect(tab.closes).toMatchObject([{ code: GOODBYE_CODE }]);
    expect(ended).toBe(1);
  });
});
