// The socket over polling and POST, with the HTTP and the time in the test's hand.

import { describe, expect, it } from "vitest";
import type { ServerFrame } from "../src/index";
import { POLL_EVERY_MS, POLL_SOON_MS, pollingSocket } from "../src/connection/polling";
import { encode, LEAVE_CODE, LOST_CODE, RECONNECT_NOW_CODE, SUB_PROTOCOL } from "../src/connection/transport";
import { Heard } from "./support/fake-carrier";
import { FakeHttp } from "./support/fake-http";
import { refusal } from "./support/fake-server";
import { jwt } from "./support/fixtures";
import { connectedWorld } from "./support/world";
import { ManualClock, settle } from "../../testing/src/manual-clock";

const TOKEN = jwt({ sub: "alice", name: "Alice" });
const typing = (user: string): ServerFrame => ({ type: "typing", conversation_id: "room", user_id: user, is_typing: true });

async function signedIn(over: (http: FakeHttp) => void = () => undefined, resume: { resume?: { since: string } } = { resume: { since: "41" } }) {
  const [clock, http, heard] = [new ManualClock(), new FakeHttp(), new Heard()];
  over(http);
  const socket = pollingSocket({ url: "https://tutti.test", fetch: http.fetch, clock })("", SUB_PROTOCOL, heard);
  await settle();
  socket.send(encode({ type: "auth", token: TOKEN, ...resume }));
  await settle();
  return { clock, http, heard, socket };
}

describe("the beginning", () => {
  it("makes a welcome of the first answer, and hands on what was missed", async () => {
    const { http, heard, clock } = await signedIn((http) => {
      http.polled = () => ({ events: [typing("bob"), typing("carol")], since: "43", resumed: true, reset: ["c9"] });
    });
    expect(http.polls.map(String)).toEqual(["since=41&timeout=0"]);
    expect(http.authorizations).toEqual([`Bearer ${TOKEN}`]);
    expect(heard.told.slice(0, 2)).toEqual([
      ["opened", { transport: "polling", protocol: SUB_PROTOCOL }],
      ["message", expect.objectContaining({
        type: "welcome", user: { id: "alice", name: "Alice" }, resumed: true, reset: ["c9"], since: "43", server_time: new Date(clock.now()).toISOString(),
      })],
    ]);
    expect(heard.frames).toEqual(["welcome", "typing", "typing"]);
  });

  it("knows the server's time where it may be read", async () => {
    const { heard } = await signedIn((http) => http.replies.set("poll", () => Response.json({ events: [], since: "1", resumed: true, reset: [] }, { headers: { Date: "Thu, 01 Jan 2026 00:07:00 GMT" } })));
    expect(heard.of("message")[0]).toMatchObject({ server_time: "2026-01-01T00:07:00.000Z" });
  });

  it("knows no limits of the server's, and refuses nothing that it might take", async () => {
    const [clock, http] = [new ManualClock(), new FakeHttp()];
    const { client } = await connectedWorld({ clock, token: TOKEN, socket: pollingSocket({ url: "https://tutti.test", fetch: http.fetch, clock }) });
    const long = "x".repeat(100_000);
    void client.channel("wide:a").publish(long);
    void client.conversation("room").send({ message: long });
    await settle();
    const sizes = http.posts.flatMap(({ frames }) => frames).map((frame) => [frame.type, JSON.stringify(frame).length > long.length]);
    expect(sizes).toEqual([["ping", false], ["publish", true], ["message", true]]);
  });

  it("starts from now without a position", async () => {
    const { http, heard } = await signedIn((http) => void (http.polled = () => ({ events: [], since: "7", resumed: false, reset: [] })), {});
    expect(http.polls.map(String)).toEqual(["timeout=0"]);
    expect(heard.of("message")[0]).toMatchObject({ resumed: false, since: "7" });
  });

  it("tells of a refused token as of a close", async () => {
    const { heard } = await signedIn((http) => http.replies.set("poll", () => refusal(401, "unauthenticated")));
    expect(heard.of("closed")).toEqual([4001]);
  });
});

describe("going on", () => {
  it("asks every 5 s from where it is, for as long as until the next time", async () => {
    const { http, heard, clock } = await signedIn((http) => {
      http.polled = () => ({ events: http.polls.length > 1 ? [typing("bob")] : [], since: `p${http.polls.length}`, resumed: true, reset: [] });
    });
    await clock.advance(POLL_EVERY_MS - 1);
    expect(http.polls).toHaveLength(1);
    await clock.advance(1);
    await clock.advance(POLL_EVERY_MS);
    expect(http.polls.map(String)).toEqual(["since=41&timeout=0", "since=p1&timeout=5", "since=p2&timeout=5"]);
    expect(heard.frames).toEqual(["welcome", "typing", "typing"]);
  });

  it("asks soon after a change of its own, once, for its answer may have overtaken what others did before", async () => {
    const { http, socket, clock } = await signedIn();
    http.replyTo = () => ({ type: "message_deleted", message_id: "m", conversation_id: "room", offset: 7, ref: 1 });
    await clock.advance(POLL_SOON_MS - 1);
    socket.send(encode({ type: "message_delete", message_id: "m" }, 1));
    await settle();
    expect(http.polls).toHaveLength(1);
    await clock.advance(1);
    expect(http.polls).toHaveLength(2);
    await clock.advance(POLL_EVERY_MS - 1);
    expect(http.polls).toHaveLength(2);
    await clock.advance(1);
    expect(http.polls).toHaveLength(3);
  });

  it("asks soon again when a change was stored while it asked", async () => {
    const { http, socket, clock } = await signedIn();
    http.replyTo = () => ({ type: "message_deleted", message_id: "m", conversation_id: "room", offset: 7, ref: 1 });
    http.replies.set("poll", () => new Promise((resolve) => void clock.after(100, () => resolve(Response.json(http.polled())))));
    await clock.advance(POLL_EVERY_MS);
    socket.send(encode({ type: "message_delete", message_id: "m" }, 1));
    await clock.advance(POLL_SOON_MS);
    expect(http.polls).toHaveLength(3);
  });

  it("asks again at once when the server has held the request for so long", async () => {
    const { http, clock } = await signedIn();
    http.replies.set("poll", () => new Promise((resolve) => void clock.after(POLL_EVERY_MS, () => resolve(Response.json(http.polled())))));
    await clock.advance(4 * POLL_EVERY_MS);
    expect(http.polls).toHaveLength(5);
  });

  it.each([{ resumed: false, reset: [] }, { resumed: true, reset: ["c9"] }])("connects anew when too much was missed ($resumed, $reset)", async (said) => {
    const { http, heard, clock } = await signedIn();
    http.polled = () => ({ events: [], since: "90", ...said });
    await clock.advance(POLL_EVERY_MS);
    expect(heard.told.at(-1)).toEqual(["closed", RECONNECT_NOW_CODE, "too much was missed"]);
    expect(clock.waiting).toBe(0);
  });

  it.each([
    ["the token has run out", () => refusal(401, "unauthenticated"), 4003],
    ["the network is gone", () => Promise.reject(new TypeError("fetch failed")), LOST_CODE],
    ["the answer is not the server's", () => new Response("<h1>Hello</h1>"), LOST_CODE],
  ])("ends when %s", async (_name, reply, code) => {
    const { http, heard, clock } = await signedIn();
    http.replies.set("poll", reply);
    await clock.advance(POLL_EVERY_MS);
    expect(heard.of("closed")).toEqual([code]);
  });

  it("gives up a request that is not answered", async () => {
    const { http, heard, clock } = await signedIn();
    http.replies.set("poll", () => new Promise<Response>(() => undefined));
    await clock.advance(POLL_EVERY_MS + 20_000);
    expect(heard.of("closed")).toEqual([LOST_CODE]);
  });

  it("posts commands for no connection", async () => {
    const { http, heard, socket } = await signedIn();
    socket.send(encode({ type: "ping" }, 1));
    await settle();
    expect(http.posts[0]?.url.search).toBe("");
    expect(heard.frames).toEqual(["welcome", "pong"]);
  });

  it("stops with the socket and leaves no timer", async () => {
    const { http, heard, socket, clock } = await signedIn();
    socket.close(LEAVE_CODE);
    expect(clock.waiting).toBe(0);
    await clock.advance(60_000);
    expect([http.polls.length, heard.of("closed")]).toEqual([1, []]);
  });
});
