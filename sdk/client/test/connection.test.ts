// The driver with a socket, a clock and a network under the test's hand.

import { describe, expect, it, vi } from "vitest";
import { MOST_MOVES, STABLE_MS } from "../src/connection/machine";
import { RECONNECT_NOW_CODE } from "../src/connection/transport";
import { memoryOutbox, TuttiError } from "../src/index";
import { jwt, welcome } from "./support/fixtures";
import { settle } from "../../testing/src/manual-clock";
import { chatWorld, connectedWorld, reconnect, world } from "./support/world";

describe("connecting", () => {
  it("goes through the states, signs in by the first frame and knows the user", async () => {
    const { client, server } = world();
    const states: string[] = [];
    client.connection.subscribe(() => {
      const { state } = client.connection.snapshot();
      if (states.at(-1) !== state) states.push(state);
    });
    client.connect();
    await settle();
    expect(states).toEqual(["connecting", "authenticating", "connected"]);
    expect(server.socket.sent[0]).toEqual({ type: "auth", token: "token" });
    expect(client.connection.snapshot()).toMatchObject({ user: { id: "alice" }, problem: null, attempts: 0, final: false });
  });

  it("comes back when the server says, and by its own backoff after that", async () => {
    const { client, server, clock } = await connectedWorld();
    server.socket.handlers.closed(4102, "server draining; retry_after_ms=7300");
    expect(client.connection.snapshot()).toMatchObject({ state: "reconnecting", nextAttemptAt: clock.now() + 7300 });
    server.mode = "refuse";
    await clock.advance(7300);
    expect(client.connection.snapshot()).toMatchObject({ attempts: 2, nextAttemptAt: clock.now() + 2000 });
  });

  it("forgets what a close advised when it connects at once after it", async () => {
    const { client, server, clock } = await connectedWorld();
    server.socket.handlers.closed(RECONNECT_NOW_CODE, "moved; retry_after_ms=0");
    await settle();
    expect(client.connection.snapshot().state).toBe("connected");
    server.socket.handlers.closed(1006, "");
    expect(client.connection.snapshot()).toMatchObject({ state: "reconnecting", nextAttemptAt: clock.now() + 1000 });
  });

  it("uses up no attempt when it is told to go another way before it is connected", async () => {
    let moves = 0;
    const { client, server } = world({
      maxAttempts: 0,
      socket: (url, protocol, handlers) => {
        if (++moves > 5) return server.open(url, protocol, handlers);
        queueMicrotask(() => handlers.closed(RECONNECT_NOW_CODE, "another way"));
        return { send: () => undefined, close: () => undefined };
      },
    });
    client.connect();
    await settle();
    expect(client.connection.snapshot()).toMatchObject({ state: "connected", attempts: 0 });
  });

  it("does not go another way for ever", async () => {
    let sockets = 0;
    const { client, clock } = world({
      socket: (_url, _protocol, handlers) => {
        sockets++;
        queueMicrotask(() => handlers.closed(RECONNECT_NOW_CODE, "another way; retry_after_ms=0"));
        return { send: () => undefined, close: () => undefined };
      },
    });
    client.connect();
    await clock.advance(60_000);
    expect(client.connection.snapshot()).toMatchObject({ state: "disconnected", final: true });
    expect(sockets).toBe(MOST_MOVES + 6);
  });

  it("waits as long as a server says that is too busy to let anybody in", async () => {
    const { client, server, clock } = world();
    server.answers.set("auth", (_frame, socket) => {
      socket.push({ type: "error", code: "unavailable", message: "busy", retryable: true, retry_after_ms: 4200 });
      socket.handlers.closed(1001, "going away");
    });
    client.connect();
    await settle();
    expect(client.connection.snapshot()).toMatchObject({ state: "reconnecting", nextAttemptAt: clock.now() + 4200 });
  });

  it("opens one socket however often it is asked to", async () => {
    const { client, server } = world();
    client.connect();
    client.connect();
    await settle();
    client.connect();
    expect(server.sockets).toHaveLength(1);
  });

  it("gives up on a server that does not answer the sign-in within 5 s", async () => {
    const { client, server, clock } = world();
    server.answers.set("auth", () => undefined);
    client.connect();
    await clock.advance(4999);
    expect(client.connection.snapshot().state).toBe("authenticating");
    await clock.advance(1);
    expect(client.connection.snapshot()).toMatchObject({ state: "reconnecting", attempts: 1 });
    expect(server.sockets[0]?.closedWith).toBe(4901);
  });

  it("gives up on a socket that does not open", async () => {
    const { client, server, clock } = world();
    server.mode = "silent";
    client.connect();
    await clock.advance(15_000);
    expect(client.connection.snapshot().state).toBe("reconnecting");
  });

  it("retries with growing pauses and then stays down until reconnect()", async () => {
    const { client, server, clock } = world();
    server.mode = "refuse";
    client.connect();
    await settle();
    expect(client.connection.snapshot()).toMatchObject({ state: "reconnecting", nextAttemptAt: clock.now() + 1000 });
    for (const [index, pause] of [1000, 2000, 4000, 8000, 16000].entries()) {
      await clock.advance(pause - 1);
      expect(server.sockets).toHaveLength(index + 1);
      await clock.advance(1);
      expect(server.sockets).toHaveLength(index + 2);
    }
    expect(client.connection.snapshot()).toMatchObject({ state: "disconnected", final: true, nextAttemptAt: null, problem: "The server cannot be reached." });
    await clock.advance(3_600_000);
    expect(server.sockets).toHaveLength(6);
    server.mode = "open";
    client.reconnect();
    await settle();
    expect(client.connection.snapshot()).toMatchObject({ state: "connected", final: false, attempts: 0 });
  });

  it("gives up on a server that welcomes it and drops it, again and again", async () => {
    const { client, server, clock } = world();
    server.answers.set("auth", (_frame, socket) => {
      socket.push(server.welcome());
      socket.handlers.closed(1006, "");
    });
    client.connect();
    await clock.advance(120_000);
    expect(client.connection.snapshot()).toMatchObject({ state: "disconnected", final: true });
    expect(server.sockets).toHaveLength(6);
  });

  it("counts attempts anew once a connection has lasted 5 s", async () => {
    const made = await connectedWorld();
    const attempts = (): number => made.client.connection.snapshot().attempts;
    await reconnect(made, {});
    await made.clock.advance(STABLE_MS - 1);
    expect(attempts()).toBe(1);
    await reconnect(made, {});
    expect(attempts()).toBe(2);
    await made.clock.advance(STABLE_MS);
    expect(attempts()).toBe(0);
    made.client.disconnect();
    expect(made.clock.waiting).toBe(0);
  });

  it("tells why there are too many connections, and stops", async () => {
    const { client, server, clock } = await connectedWorld();
    server.socket.handlers.closed(4029, "");
    expect(client.connection.snapshot()).toMatchObject({ state: "disconnected", final: true, problem: "Too many connections. Close another window and try again." });
    await clock.advance(600_000);
    expect(server.sockets).toHaveLength(1);
  });

  it("survives an address that no socket can be opened for", async () => {
    const { client } = world({ socket: () => { throw new SyntaxError("bad address"); } });
    client.connect();
    await settle();
    expect(client.connection.snapshot().state).toBe("reconnecting");
  });
});

describe("liveness", () => {
  it("pings after 25 s of silence and measures the round trip", async () => {
    const { client, server, clock } = await connectedWorld();
    expect(server.socket.of("ping")).toHaveLength(1);
    await clock.advance(24_000);
    server.socket.push({ type: "typing", conversation_id: "room", user_id: "bob", is_typing: true });
    await clock.advance(24_999);
    expect(server.socket.of("ping")).toHaveLength(1);
    server.answers.set("ping", (frame, socket) => void clock.after(40, () => socket.push({ type: "pong", server_time: "", ...(frame.ref === undefined ? {} : { ref: frame.ref }) })));
    await clock.advance(1);
    expect(server.socket.of("ping")).toHaveLength(2);
    await clock.advance(40);
    expect(client.connection.snapshot()).toMatchObject({ state: "connected", latencyMs: 40 });
  });

  it("takes 10 s without an answer for a lost connection", async () => {
    const { client, server, clock } = await connectedWorld();
    server.answers.set("ping", () => undefined);
    await clock.advance(25_000 + 9_999);
    expect(client.connection.snapshot().state).toBe("connected");
    await clock.advance(1);
    expect(client.connection.snapshot()).toMatchObject({ state: "reconnecting", problem: "Connection lost. Reconnecting." });
  });

  it("asks at once when the page is looked at again", async () => {
    const { server, network } = await connectedWorld();
    network.tell("visible");
    expect(server.socket.of("ping")).toHaveLength(2);
  });
});

describe("network", () => {
  it("waits while offline and connects at once when online", async () => {
    const { client, server, clock, network } = await connectedWorld();
    network.tell("offline");
    expect(client.connection.snapshot()).toMatchObject({ state: "reconnecting", problem: "You are offline.", online: false, nextAttemptAt: null });
    await clock.advance(600_000);
    expect(server.sockets).toHaveLength(1);
    network.tell("online");
    await settle();
    expect(client.connection.snapshot()).toMatchObject({ state: "connected", online: true });
  });

  it("does not wait for the backoff when the network is back", async () => {
    const { client, server, network } = await connectedWorld();
    server.socket.handlers.closed(1006, "");
    network.tell("online");
    await settle();
    expect(client.connection.snapshot().state).toBe("connected");
  });

  it("listens to the network only while it needs to", async () => {
    const { client, network } = await connectedWorld();
    expect(network.listeners.size).toBe(1);
    client.disconnect();
    expect(network.listeners.size).toBe(0);
  });
});

describe("resume", () => {
  it("hands back the last push's event id, or the welcome's if none came, but never a reply's", async () => {
    const made = await connectedWorld();
    const { server } = made;
    server.socket.push({ type: "message_sent", message: server.add("room", { sender_id: "alice" }), duplicate: false, offset: 1 });
    await reconnect(made, { since: "w2" });
    expect(server.socket.of("auth")[0]?.resume).toEqual({ since: "0" });
    server.say("room");
    await reconnect(made, { since: "w3", resumed: true });
    expect(server.socket.of("auth")[0]?.resume).toEqual({ since: "e1" });
    await reconnect(made, {});
    expect(server.socket.of("auth")[0]?.resume).toEqual({ since: "e1" });
  });

  it("does not resume after logout", async () => {
    const { client, server } = await connectedWorld();
    server.say("room");
    client.logout();
    client.connect();
    await settle();
    expect(server.socket.of("auth")[0]).not.toHaveProperty("resume");
  });
});

describe("leaving", () => {
  it("says goodbye on logout and nothing on disconnect", async () => {
    const first = await connectedWorld();
    first.client.logout();
    expect(first.server.socket.sent.at(-1)).toEqual({ type: "logout" });
    expect(first.server.socket.closedWith).toBe(1000);
    expect(first.client.connection.snapshot()).toMatchObject({ state: "disconnected", user: null, final: false });
    const second = await connectedWorld();
    second.client.disconnect();
    expect(second.server.socket.of("logout")).toEqual([]);
    expect(second.server.socket.closedWith).toBe(4900);
  });

  it("leaves no timer behind", async () => {
    const { client, clock } = await connectedWorld();
    client.disconnect();
    expect(clock.waiting).toBe(0);
  });

  it("does not listen to a socket it has left", async () => {
    const { client, server } = await connectedWorld();
    client.disconnect();
    server.sockets[0]?.push(welcome());
    server.sockets[0]?.handlers.closed(1006, "");
    expect(client.connection.snapshot().state).toBe("disconnected");
    client.connect();
    await settle();
    server.sockets[0]?.handlers.closed(4029, "");
    server.sockets[0]?.push({ type: "typing", conversation_id: "room", user_id: "bob", is_typing: true });
    expect(client.connection.snapshot().state).toBe("connected");
  });
});

describe("another user without a logout", () => {
  it("gets nothing that was the first one's: neither what waits to be sent, nor what was loaded", async () => {
    const storage = memoryOutbox();
    const made = await chatWorld(2, { storage });
    const { client, server, room } = made;
    client.conversations.subscribe(() => undefined);
    await client.conversations.load();
    server.answers.set("message", () => undefined);
    const sending = room.send({ message: "from Alice" });
    const messagesSent = server.socket.of("message").length;
    await settle();
    server.answers.delete("message");
    await reconnect(made, { user: { id: "bob", name: "Bob" }, resumed: true });
    await expect(sending).rejects.toMatchObject({ code: "closed" });
    expect(messagesSent).toBe(1);
    expect(server.socket.of("message")).toEqual([]);
    expect(server.room("room").messages).toHaveLength(2);
    expect(room.snapshot()).toMatchObject({ messages: [], info: null, status: "idle" });
    expect(client.connection.snapshot()).toMatchObject({ queued: 0, user: { id: "bob" } });
    expect(client.conversation("room")).not.toBe(room);
    await settle();
    expect(await storage.claim("http://tutti.test alice", 10)).toEqual([]);
    // What is watched is loaded as the new user's.
    expect(server.requests.filter((request) => request.startsWith("GET /conversations?"))).toHaveLength(2);
    await client.conversation("room").send({ message: "from Bob" });
    expect(server.room("room").messages.at(-1)).toMatchObject({ message: "from Bob" });
  });

  it("whose token comes before any connection does not send what was written before", async () => {
    let user = "alice";
    const { client, server, clock } = world({ token: () => Promise.resolve(jwt({ sub: user })) });
    server.mode = "refuse";
    client.connect();
    await settle();
    const sending = client.conversation("room").send({ message: "from Alice" });
    user = "bob";
    server.mode = "open";
    server.welcome = () => welcome({ user: { id: "bob", name: "Bob" } });
    client.reconnect();
    await clock.advance(0);
    await expect(sending).rejects.toMatchObject({ code: "closed" });
    expect(server.socket.of("message")).toEqual([]);
  });

  it("is not shown what was asked for as the first one", async () => {
    const made = await connectedWorld();
    const { client, server } = made;
    server.room("room");
    let answer = (): void => undefined;
    server.replies.set("GET /conversations?", () => new Promise((resolve) => {
      answer = () => resolve(Response.json({ conversations: [server.room("room").info], next_cursor: null }));
    }));
    const loading = client.conversations.load();
    await settle();
    server.replies.clear();
    await reconnect(made, { user: { id: "bob", name: "Bob" } });
    answer();
    await loading;
    await settle();
    expect(client.conversations.snapshot()).toMatchObject({ status: "idle", conversations: [] });
  });
});

describe("requests", () => {
  it("gets the reply with its ref, among others", async () => {
    const { client, server } = await connectedWorld();
    server.answers.set("presence_set", () => undefined);
    const one = client.request({ type: "presence_set", status: "away" });
    const two = client.request({ type: "presence_set", status: "busy" });
    const [first, second] = server.socket.of("presence_set");
    server.socket.push({ type: "presence_set_ok", status: "busy", text: null, ref: second?.ref ?? "" });
    server.socket.push({ type: "error", code: "rate_limited", message: "slow down", retryable: true, retry_after_ms: 1200, details: { field: "status" }, ref: first?.ref ?? "" });
    await expect(two).resolves.toMatchObject({ type: "presence_set_ok", status: "busy" });
    await expect(one).rejects.toMatchObject({ name: "TuttiError", code: "rate_limited", retryable: true, retryAfterMs: 1200, field: "status", userMessage: "Too many requests. Please slow down." });
  });

  it("rejects without a connection, on its loss, and when time is up", async () => {
    const { client, server, clock } = await connectedWorld();
    server.answers.set("history", () => undefined);
    const slow = client.request({ type: "history", conversation_id: "room" }, { timeoutMs: 100 });
    await clock.advance(100);
    await expect(slow).rejects.toMatchObject({ code: "timeout" });
    const lost = client.request({ type: "history", conversation_id: "room" });
    server.socket.handlers.closed(1006, "");
    await expect(lost).rejects.toBeInstanceOf(TuttiError);
    await expect(client.request({ type: "ping" })).rejects.toMatchObject({ code: "closed", retryable: true });
  });

  it("passes frames to listeners by type, also past one that throws, and ignores what it does not know", async () => {
    const { client, server } = await connectedWorld();
    const heard: string[] = [];
    const noise = vi.spyOn(console, "error").mockReturnValue();
    client.on("typing", () => { throw new Error("a listener's own mistake"); });
    const stop = client.on("typing", (frame) => heard.push(frame.user_id));
    server.socket.push({ type: "typing", conversation_id: "room", user_id: "bob", is_typing: true });
    for (const text of ["", "nonsense", "[]", "null", '{"type":"toString"}', '{"type":"from the future"}']) server.socket.handlers.message(text);
    stop();
    server.socket.push({ type: "typing", conversation_id: "room", user_id: "carol", is_typing: true });
    expect(noise).toHaveBeenCalledTimes(2);
    noise.mockRestore();
    expect(heard).toEqual(["bob"]);
    expect(client.connection.snapshot().state).toBe("connected");
  });
});
