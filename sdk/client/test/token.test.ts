// Tokens: fresh ones before expiry and after 4003, for the socket and for HTTP.

import { describe, expect, it } from "vitest";
import { TOKEN_TIMEOUT_MS } from "../src/connection/token";
import { jwt, welcome } from "./support/fixtures";
import { refusal } from "./support/fake-server";
import { settle } from "../../testing/src/manual-clock";
import { connectedWorld, world, type World } from "./support/world";

/** A provider of tokens that live so long, counting its calls; `world` must be set before the first call. */
function provider(lifeMs: number): { calls: number; clock: World["clock"] | null; token: () => Promise<string> } {
  const made = {
    calls: 0,
    clock: null as World["clock"] | null,
    token: (): Promise<string> => {
      made.calls += 1;
      return Promise.resolve(jwt({ sub: "alice", n: made.calls, exp: ((made.clock?.now() ?? 0) + lifeMs) / 1000 }));
    },
  };
  return made;
}

async function connectWith(tokens: ReturnType<typeof provider>): Promise<World> {
  const made = world({ token: tokens.token });
  tokens.clock = made.clock;
  made.server.welcome = () => welcome({ server_time: new Date(made.clock.now()).toISOString() });
  made.client.connect();
  await settle();
  return made;
}

describe("a token function that hangs", () => {
  it("is asked again, and its late answer counts for nothing", async () => {
    let answerLate = (_token: string): void => undefined;
    let calls = 0;
    const token = (): Promise<string> => {
      calls += 1;
      return calls === 1 ? new Promise((resolve) => { answerLate = resolve; }) : Promise.resolve(jwt({ sub: "alice", n: calls }));
    };
    const { client, server, clock } = world({ token });
    client.connect();
    await clock.advance(TOKEN_TIMEOUT_MS + 1000);
    expect(client.connection.snapshot().state).toBe("connected");
    expect(calls).toBe(2);
    answerLate(jwt({ sub: "alice", n: "late" }));
    await settle();
    await client.api.unread();
    expect(server.authorizations.at(-1)).toBe(`Bearer ${jwt({ sub: "alice", n: 2 })}`);
  });
});

describe("after a logout", () => {
  it("the function is asked anew, since the next user may be another", async () => {
    let user = "alice";
    const { client, server } = world({ token: () => Promise.resolve(jwt({ sub: user })) });
    client.connect();
    await settle();
    client.logout();
    user = "bob";
    client.connect();
    await settle();
    expect(server.sockets.map((socket) => socket.of("auth")[0]?.token)).toEqual([jwt({ sub: "alice" }), jwt({ sub: "bob" })]);
  });

  it("a token that was asked for before it opens nothing", async () => {
    const answers: ((token: string) => void)[] = [];
    const { client, server } = world({ token: () => new Promise((resolve) => { answers.push(resolve); }) });
    client.connect();
    await settle();
    client.logout();
    client.connect();
    await settle();
    answers[1]?.(jwt({ sub: "bob" }));
    answers[0]?.(jwt({ sub: "alice" }));
    await settle();
    expect(server.sockets.map((socket) => socket.of("auth")[0]?.token)).toEqual([jwt({ sub: "bob" })]);
    await client.api.unread();
    expect(server.authorizations.at(-1)).toBe(`Bearer ${jwt({ sub: "bob" })}`);
  });
});

describe("refresh", () => {
  it("sends a fresh token 60 s before the old one expires, every time", async () => {
    const tokens = provider(600_000);
    const { server, clock, client } = await connectWith(tokens);
    await clock.advance(539_999);
    expect(tokens.calls).toBe(1);
    await clock.advance(1);
    expect(tokens.calls).toBe(2);
    expect(server.socket.of("auth")).toHaveLength(2);
    expect(server.socket.of("auth")[1]?.token).not.toBe(server.socket.of("auth")[0]?.token);
    expect(server.socket.of("auth")[1]).not.toHaveProperty("resume");
    await clock.advance(540_000);
    expect(server.socket.of("auth")).toHaveLength(3);
    expect(client.connection.snapshot().state).toBe("connected");
    expect(server.sockets).toHaveLength(1);
  });

  it("goes by the server's clock", async () => {
    const tokens = provider(600_000);
    const made = world({ token: tokens.token });
    tokens.clock = made.clock;
    made.server.welcome = () => welcome({ server_time: new Date(made.clock.now() + 300_000).toISOString() });
    made.client.connect();
    await made.clock.advance(241_000);
    expect(tokens.calls).toBe(2);
  });

  it.each([20_000, 3_000])("refreshes tokens that live %i ms halfway, without hammering their provider", async (lifeMs) => {
    const tokens = provider(lifeMs);
    const { clock, server } = await connectWith(tokens);
    await clock.advance(60_000);
    expect(tokens.calls).toBe(60_000 / (lifeMs / 2) + 1);
    expect(server.socket.of("auth")).toHaveLength(tokens.calls);
  });

  it("does not hammer a provider that gives the same token again and again", async () => {
    let calls = 0;
    const { client, clock } = world({ token: () => {
      calls += 1;
      return jwt({ sub: "alice", exp: Date.parse("2026-01-01T00:00:30.000Z") / 1000 });
    } });
    client.connect();
    await clock.advance(60_000);
    expect(calls).toBeGreaterThanOrEqual(4);
    expect(calls).toBeLessThanOrEqual(40);
  });

  it("tries again when the provider fails, and stays connected meanwhile", async () => {
    const tokens = provider(600_000);
    let fail = false;
    const made = world({ token: () => (fail ? Promise.reject(new Error("identity provider down")) : tokens.token()) });
    tokens.clock = made.clock;
    made.server.welcome = () => welcome({ server_time: new Date(made.clock.now()).toISOString() });
    made.client.connect();
    await settle();
    fail = true;
    await made.clock.advance(541_000);
    fail = false;
    await made.clock.advance(10_000);
    expect(made.server.socket.of("auth")).toHaveLength(2);
    expect(made.client.connection.snapshot().state).toBe("connected");
  });

  it("leaves a fixed token alone, and one that does not say when it ends", async () => {
    const made = world();
    const fixed = world({ token: jwt({ sub: "alice", exp: made.clock.now() / 1000 + 100 }) });
    const opaque = world({ token: () => "opaque" });
    for (const { client, clock, server } of [fixed, opaque]) {
      client.connect();
      await clock.advance(200_000);
      expect(server.socket.of("auth")).toHaveLength(1);
    }
  });
});

describe("4001", () => {
  it("to a token that was at hand asks for another, as when the server's secret was changed", async () => {
    const tokens = provider(600_000);
    const { client, server } = await connectWith(tokens);
    server.socket.handlers.closed(1006, "");
    client.reconnect();
    await settle();
    const calls = tokens.calls;
    server.socket.handlers.closed(4001, "");
    await settle();
    expect(tokens.calls).toBe(calls + 1);
    expect(client.connection.snapshot()).toMatchObject({ state: "connected", code: null });
    server.socket.handlers.closed(4001, "");
    await settle();
    expect(client.connection.snapshot()).toMatchObject({ state: "disconnected", final: true, code: 4001 });
  });
});

describe("4003", () => {
  it("reconnects at once with a fresh token, and stops if that one is refused too", async () => {
    const tokens = provider(600_000);
    const { client, server } = await connectWith(tokens);
    server.socket.handlers.closed(4003, "");
    await settle();
    expect(tokens.calls).toBe(2);
    expect(server.sockets).toHaveLength(2);
    expect(client.connection.snapshot().state).toBe("connected");
    server.socket.handlers.closed(4003, "");
    await settle();
    expect(client.connection.snapshot()).toMatchObject({ state: "disconnected", final: true, problem: "Your session has expired. Please sign in again." });
    client.reconnect();
    await settle();
    expect(tokens.calls).toBe(3);
    expect(client.connection.snapshot().state).toBe("connected");
  });

  it("stops when the token is fixed", async () => {
    const { client, server } = await connectedWorld();
    server.socket.handlers.closed(4003, "");
    expect(client.connection.snapshot().final).toBe(true);
  });
});

describe("providers", () => {
  it("keeps a token that is still good for the next attempt", async () => {
    const tokens = provider(600_000);
    const { server, clock } = await connectWith(tokens);
    server.socket.handlers.closed(1006, "");
    await clock.advance(1000);
    expect(server.sockets).toHaveLength(2);
    expect(tokens.calls).toBe(1);
  });

  it("counts a provider that fails as a failed attempt", async () => {
    const { client, clock } = world({ token: () => Promise.reject(new Error("no")) });
    client.connect();
    await settle();
    expect(client.connection.snapshot()).toMatchObject({ state: "reconnecting", attempts: 1, problem: "You could not be signed in." });
    await clock.advance(60_000);
    expect(client.connection.snapshot().final).toBe(true);
  });

  it("asks once for callers at the same time, and renews after a 401 of HTTP", async () => {
    const tokens = provider(600_000);
    const made = world({ token: tokens.token });
    tokens.clock = made.clock;
    made.server.room("room");
    await Promise.all([made.client.api.unread(), made.client.api.conversation("room")]);
    expect(tokens.calls).toBe(1);
    let refused = false;
    made.server.replies.set("/unread", () => {
      if (refused) return Response.json({ total: 7, mentions: 0, conversations: [] });
      refused = true;
      return refusal(401, "unauthenticated");
    });
    await expect(made.client.api.unread()).resolves.toMatchObject({ total: 7 });
    expect(tokens.calls).toBe(2);
  });
});
