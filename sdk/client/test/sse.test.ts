// The socket over Server-Sent Events and POST, with the HTTP in the test's hand.

import { describe, expect, it } from "vitest";
import { sseSocket } from "../src/connection/sse";
import { encode, LEAVE_CODE, LOST_CODE, type Socket, SUB_PROTOCOL } from "../src/connection/transport";
import { Heard } from "./support/fake-carrier";
import { FakeHttp } from "./support/fake-http";
import { refusal } from "./support/fake-server";
import { welcome } from "./support/fixtures";
import { ManualClock, settle } from "../../testing/src/manual-clock";

interface World {
  clock: ManualClock;
  http: FakeHttp;
  heard: Heard;
  socket: Socket;
}

async function opened(over: (http: FakeHttp) => void = () => undefined): Promise<World> {
  const [clock, http, heard] = [new ManualClock(), new FakeHttp(), new Heard()];
  http.welcome = welcome({ connection_id: "c/1" });
  over(http);
  const socket = sseSocket({ url: "https://tutti.test/base/", fetch: http.fetch, clock })("", SUB_PROTOCOL, heard);
  await settle();
  return { clock, http, heard, socket };
}

async function signedIn(over?: (http: FakeHttp) => void): Promise<World> {
  const made = await opened(over);
  made.socket.send(encode({ type: "auth", token: "t1", resume: { since: "41" } }));
  await settle();
  return made;
}

describe("receiving", () => {
  it("opens the stream with the token in a header and the position in the address", async () => {
    const { http, heard } = await signedIn();
    expect(http.stream.url.href).toBe("https://tutti.test/base/api/v1/events?since=41");
    expect(http.authorizations).toEqual(["Bearer t1"]);
    expect(heard.told[0]).toEqual(["opened", { transport: "sse", protocol: SUB_PROTOCOL }]);
    expect(heard.frames).toEqual(["welcome"]);
  });

  it("asks for nothing before it has a token, and then without a position if there is none", async () => {
    const { http, socket } = await opened();
    expect(http.authorizations).toEqual([]);
    socket.send(encode({ type: "auth", token: "t1" }));
    await settle();
    expect(http.stream.url.search).toBe("");
  });

  it("hands on the frames in order and passes over comments", async () => {
    const { http, heard } = await signedIn();
    http.stream.write(':\n\nid: 9\ndata: {"type":"presence"}\n\n');
    http.stream.push({ type: "typing", conversation_id: "room", user_id: "bob", is_typing: true });
    await settle();
    expect(heard.frames).toEqual(["welcome", "presence", "typing"]);
  });

  it("closes as the server says", async () => {
    const { http, heard } = await signedIn();
    http.stream.write('event: close\ndata: {"code":4102,"reason":"server draining; retry_after_ms=70","reconnect":true}\n\n');
    http.stream.end();
    await settle();
    expect(heard.told.slice(2)).toEqual([["closed", 4102, "server draining; retry_after_ms=70"]]);
  });

  it.each([
    ["the stream ends", (http: FakeHttp) => http.stream.end()],
    ["an event is no JSON where it must be", (http: FakeHttp) => http.stream.write("event: close\ndata: nonsense\n\n")],
  ])("is lost when %s", async (_name, act) => {
    const { http, heard } = await signedIn();
    act(http);
    await settle();
    expect(heard.of("closed")).toEqual([LOST_CODE]);
  });

  it("is lost when the server misses its heartbeat, which any byte is", async () => {
    const { http, clock, heard } = await signedIn((http) => void (http.welcome = welcome({ heartbeat_ms: 10_000 })));
    await clock.advance(14_999);
    http.stream.write(":\n\n");
    await clock.advance(14_999);
    expect(heard.of("closed")).toEqual([]);
    await clock.advance(1);
    expect(heard.of("closed")).toEqual([LOST_CODE]);
    expect(clock.waiting).toBe(0);
  });
});

describe("a stream that does not begin", () => {
  it.each([
    ["a refused token", () => refusal(401, "unauthenticated"), 4001, "unauthenticated"],
    ["a caller who may not", () => refusal(403, "forbidden"), 4001, "forbidden"],
    ["too many connections", () => refusal(429, "rate_limited", { retry_after_ms: 900 }), 1013, "rate_limited; retry_after_ms=900"],
    ["a busy server", () => refusal(503, "unavailable", { retry_after_ms: 70 }), 1013, "unavailable; retry_after_ms=70"],
    ["a proxy's own error", () => new Response("<h1>Bad gateway</h1>", { status: 502 }), 1013, "HTTP 502"],
    ["a page instead of a stream", () => new Response("<h1>Log in</h1>", { headers: { "Content-Type": "text/html" } }), LOST_CODE, expect.stringContaining("in between")],
    ["no network", () => Promise.reject(new TypeError("fetch failed")), LOST_CODE, "fetch failed"],
  ])("tells of %s as of a close", async (_name, reply, code, reason) => {
    const { heard } = await signedIn((http) => http.replies.set("events", reply));
    expect(heard.told.slice(1)).toEqual([["closed", code, reason]]);
  });

  it("is given up after 15 s", async () => {
    const { heard, clock } = await signedIn((http) => http.replies.set("events", () => new Promise<Response>(() => undefined)));
    await clock.advance(15_000);
    expect(heard.of("closed")).toEqual([LOST_CODE]);
  });
});

describe("sending", () => {
  it("posts for the stream's connection and hands on the replies", async () => {
    const { http, heard, socket } = await signedIn();
    socket.send(encode({ type: "ping" }, 3));
    expect(socket.busy).toBe(true);
    await settle();
    expect(socket.busy).toBe(false);
    expect(http.posts[0]?.url.search).toBe("?connection_id=c%2F1");
    expect(heard.told.at(-1)).toEqual(["message", { type: "pong", server_time: expect.any(String) as string, ref: 3 }]);
  });

  it("uses a fresh token once the server has taken it", async () => {
    const { http, socket } = await signedIn((http) => {
      http.replyTo = (frame) => (frame.type === "auth" && frame.token === "t2" ? { type: "auth_ok", expires_at: "", ref: frame.ref } : { type: "error", code: "unauthenticated", ref: frame.ref });
    });
    for (const token of ["bad", "t2"]) {
      socket.send(encode({ type: "auth", token }, token));
      await settle();
    }
    socket.send(encode({ type: "ping" }, 1));
    await settle();
    expect(http.authorizations).toEqual(["Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2"]);
  });

  it.each([
    ["an expired token", () => refusal(401, "unauthenticated"), 4003],
    ["a stream the server does not know", () => refusal(404, "not_found"), LOST_CODE],
    ["a failing server", () => refusal(500, "internal"), LOST_CODE],
    ["a busy server", () => refusal(503, "unavailable"), 1013],
    ["no network", () => Promise.reject(new TypeError("fetch failed")), LOST_CODE],
  ])("ends the connection for %s, because nobody knows what became of the frames", async (_name, reply, code) => {
    const { heard, socket, http, clock } = await signedIn();
    http.replies.set("commands", reply);
    socket.send(encode({ type: "ping" }, 1));
    await settle();
    expect(heard.of("closed")).toEqual([code]);
    expect(clock.waiting).toBe(0);
  });

  it("refuses only the frames when the server refuses them as a whole", async () => {
    const { heard, socket, http } = await signedIn();
    http.replies.set("commands", () => refusal(429, "rate_limited", { retry_after_ms: 50 }));
    socket.send(encode({ type: "typing", conversation_id: "room", is_typing: true }));
    socket.send(encode({ type: "ping" }, "a"));
    await settle();
    expect(heard.told.slice(2)).toEqual([["message", { type: "error", ref: "a", code: "rate_limited", message: "rate_limited", retryable: true, retry_after_ms: 50 }]]);
  });

  it("says no goodbye, for the server knows none here", async () => {
    const { socket, http } = await signedIn();
    socket.send(encode({ type: "logout" }));
    await settle();
    expect(http.posts).toEqual([]);
  });
});

describe("closing", () => {
  it("ends the stream, drops what waits, tells nothing and leaves no timer", async () => {
    const { socket, http, heard, clock } = await signedIn();
    http.replies.set("commands", () => new Promise<Response>(() => undefined));
    socket.send(encode({ type: "ping" }, 1));
    await settle();
    const before = heard.told.length;
    socket.close(LEAVE_CODE);
    expect(() => http.stream.push(welcome())).toThrow();
    socket.send(encode({ type: "ping" }, 2));
    await settle();
    expect([heard.told.length, clock.waiting, http.posts.length]).toEqual([before, 0, 1]);
  });

  it("does not even open when that comes first", async () => {
    const heard = new Heard();
    sseSocket({ url: "https://tutti.test", fetch: new FakeHttp().fetch, clock: new ManualClock() })("", SUB_PROTOCOL, heard).close(LEAVE_CODE);
    await settle();
    expect(heard.told).toEqual([]);
  });
});
