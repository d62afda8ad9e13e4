import { describe, expect, it } from "vitest";
import { GATHER_MS, MOST_IN_FRAME } from "../src/presence/presence";
import { connectedWorld, reconnect, world } from "./support/world";

const bob = { user_id: "bob", status: "away", text: "lunch", last_seen_at: null } as const;

describe("following", () => {
  it("gathers, counts callers, and stops with the last one", async () => {
    const { client, server, clock } = await connectedWorld();
    const first = client.presence.follow(["bob", "carol", "bob"]);
    const second = client.presence.follow(["bob"]);
    await clock.advance(GATHER_MS);
    expect(server.socket.of("presence_subscribe").map((frame) => frame.user_ids)).toEqual([["bob", "carol"]]);
    first();
    first();
    await clock.advance(GATHER_MS);
    expect(server.socket.of("presence_unsubscribe").map((frame) => frame.user_ids)).toEqual([["carol"]]);
    second();
    await clock.advance(GATHER_MS);
    expect(server.socket.of("presence_unsubscribe").map((frame) => frame.user_ids)).toEqual([["carol"], ["bob"]]);
  });

  it("knows what the server says of followed users, and forgets it with the last follower", async () => {
    const { client, server, clock } = await connectedWorld();
    server.answers.set("presence_subscribe", (frame, socket) => socket.push({ type: "presence_state", users: [bob], next_cursor: null, ref: frame.ref ?? "" }));
    const store = client.presence.of("bob");
    let changes = 0;
    store.subscribe(() => { changes += 1; });
    const stop = client.presence.follow(["bob"]);
    await clock.advance(GATHER_MS);
    expect(store.snapshot()).toEqual(bob);
    server.socket.push({ type: "presence", ...bob, status: "offline", last_seen_at: "2026-01-01T00:00:00.000Z" });
    expect(store.snapshot()).toMatchObject({ status: "offline", last_seen_at: "2026-01-01T00:00:00.000Z" });
    server.socket.push({ type: "presence", ...bob, user_id: "stranger" });
    expect(client.presence.of("stranger").snapshot()).toBeNull();
    stop();
    await clock.advance(GATHER_MS);
    expect(store.snapshot()).toBeNull();
    expect(changes).toBe(3);
  });

  it("subscribes again after a reconnect, a hundred in a frame", async () => {
    const made = await connectedWorld();
    const { client, server, clock } = made;
    client.presence.follow(Array.from({ length: MOST_IN_FRAME + 1 }, (_, index) => `u${index}`));
    await clock.advance(GATHER_MS);
    expect(server.socket.of("presence_subscribe").map((frame) => frame.user_ids?.length)).toEqual([100, 1]);
    await reconnect(made, { resumed: true });
    await clock.advance(GATHER_MS);
    expect(server.sockets).toHaveLength(2);
    expect(server.socket.of("presence_subscribe").map((frame) => frame.user_ids?.length)).toEqual([100, 1]);
  });

  it("forgets who was let go of while there was no connection", async () => {
    const made = await connectedWorld();
    const { client, server, clock } = made;
    server.answers.set("presence_subscribe", (frame, socket) => socket.push({ type: "presence_state", users: [bob], next_cursor: null, ref: frame.ref ?? "" }));
    const store = client.presence.of("bob");
    store.subscribe(() => undefined);
    const stop = client.presence.follow(["bob"]);
    await clock.advance(GATHER_MS);
    server.socket.handlers.closed(1006, "");
    stop();
    expect(store.snapshot()).toEqual(bob);
    await clock.advance(1000);
    expect(store.snapshot()).toBeNull();
    expect(server.socket.of("presence_subscribe")).toEqual([]);
  });

  it("begins with the connection when asked before it, and tries again when the server is busy", async () => {
    const { client, server, clock } = world();
    client.presence.follow(["bob"]);
    server.answers.set("presence_subscribe", (frame, socket) => socket.push({ type: "error", code: "rate_limited", message: "slow", retryable: true, retry_after_ms: 700, ref: frame.ref ?? "" }));
    client.connect();
    await clock.advance(GATHER_MS);
    expect(server.socket.of("presence_subscribe")).toHaveLength(1);
    server.answers.clear();
    await clock.advance(700);
    expect(server.socket.of("presence_subscribe")).toHaveLength(2);
    await clock.advance(10_000);
    expect(server.socket.of("presence_subscribe")).toHaveLength(2);
  });
});

describe("one's own", () => {
  it("is what the server confirmed, and is said again after a reconnect", async () => {
    const made = await connectedWorld();
    const { client, server } = made;
    await reconnect(made, { resumed: true });
    expect(server.socket.of("presence_set")).toEqual([]);
    await client.presence.set("invisible", "at work");
    expect(client.presence.own.snapshot()).toEqual({ status: "invisible", text: "at work" });
    await reconnect(made, { resumed: true });
    expect(server.socket.of("presence_set")).toMatchObject([{ status: "invisible", text: "at work" }]);
  });

  it("rejects without a connection", async () => {
    await expect(world().client.presence.set("away")).rejects.toMatchObject({ code: "closed" });
  });
});
