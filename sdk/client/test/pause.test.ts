// A page that nobody looks at lets its connection go, and has it back with everything that was missed.

import { describe, expect, it } from "vitest";
import { settle } from "../../testing/src/manual-clock";
import { connectedWorld, world } from "./support/world";

describe("a hidden page", () => {
  it("pauses after 5 minutes without a goodbye, and resumes at once where it left off", async () => {
    const { client, server, network, clock } = await connectedWorld();
    server.say("room");
    network.tell("hidden");
    await clock.advance(5 * 60_000 - 1);
    expect(client.connection.snapshot().state).toBe("connected");
    await clock.advance(1);
    expect(client.connection.snapshot()).toMatchObject({ state: "reconnecting", paused: true, problem: null, nextAttemptAt: null, transport: null });
    expect([server.socket.of("logout"), server.socket.closedWith]).toEqual([[], 4900]);
    await clock.advance(3_600_000);
    expect(server.sockets).toHaveLength(1);
    network.tell("visible");
    await settle();
    expect(client.connection.snapshot()).toMatchObject({ state: "connected", paused: false, transport: "websocket" });
    expect(server.socket.of("auth")[0]?.resume).toEqual({ since: "e1" });
  });

  it("does not pause when it is looked at in time, and counts anew afterwards", async () => {
    const { client, network, clock } = await connectedWorld({ pauseAfterHiddenMs: 1000 });
    network.tell("hidden");
    await clock.advance(999);
    network.tell("visible");
    await clock.advance(5000);
    network.tell("hidden");
    await clock.advance(999);
    expect(client.connection.snapshot().state).toBe("connected");
    await clock.advance(1);
    expect(client.connection.snapshot().paused).toBe(true);
  });

  it("never pauses with Infinity", async () => {
    const { client, network, clock } = await connectedWorld({ pauseAfterHiddenMs: Infinity });
    const before = clock.waiting;
    network.tell("hidden");
    expect(clock.waiting).toBe(before);
    expect(client.connection.snapshot().state).toBe("connected");
  });

  it("pauses when the page was opened in the background and never looked at", async () => {
    const { client, network, clock } = world({ pauseAfterHiddenMs: 1000 });
    network.tell("hidden");
    client.connect();
    await clock.advance(1000);
    expect(client.connection.snapshot().paused).toBe(true);
    client.disconnect();
    expect([clock.waiting, network.listeners.size]).toEqual([0, 0]);
  });

  it("pauses the attempts to come back too", async () => {
    const { client, server, network, clock } = await connectedWorld({ pauseAfterHiddenMs: 1000 });
    server.mode = "refuse";
    server.socket.handlers.closed(1006, "");
    network.tell("hidden");
    await clock.advance(3_600_000);
    expect(client.connection.snapshot()).toMatchObject({ state: "reconnecting", paused: true, final: false });
    server.mode = "open";
    network.tell("visible");
    await settle();
    expect(client.connection.snapshot().state).toBe("connected");
  });

  it("does not count as a bad connection", async () => {
    const { client, network, clock } = await connectedWorld({ pauseAfterHiddenMs: 1000 });
    network.tell("hidden");
    await clock.advance(1000);
    network.tell("visible");
    await settle();
    expect(client.metrics.snapshot()).toMatchObject({ reconnects: 0, errors: 0, quality: "good" });
  });
});
