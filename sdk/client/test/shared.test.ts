// One client for a server and a user, for as long as somebody holds it.

import { afterEach, describe, expect, it } from "vitest";
import { sharedClient, type SharedOptions } from "../src/index";
import { FakeNetwork } from "./support/fake-network";
import { FakeServer } from "./support/fake-server";
import { jwt } from "./support/fixtures";
import { ManualClock, settle } from "../../testing/src/manual-clock";

const clock = new ManualClock();
const server = new FakeServer();
const token = (sub: string): string => jwt({ sub });
const options = (over: Partial<SharedOptions> = {}): SharedOptions => ({
  url: "http://tutti.test", token: token("alice"), clock, network: new FakeNetwork(), socket: server.open, transports: ["websocket"], fetch: server.fetch, log: "silent", ...over,
});

afterEach(async () => {
  await clock.advance(0);
  expect(clock.waiting).toBe(0);
});

describe("sharedClient", () => {
  it("gives the same connected client to everybody, and disconnects it with the last", async () => {
    const [one, two] = [sharedClient(options()), sharedClient(options({ url: "HTTP://tutti.test/" }))];
    expect(two.client).toBe(one.client);
    await settle();
    expect(one.client.connection.snapshot().state).toBe("connected");
    one.release();
    one.release();
    await clock.advance(0);
    expect(one.client.connection.snapshot().state).toBe("connected");
    two.release();
    await clock.advance(0);
    expect(one.client.connection.snapshot().state).toBe("disconnected");
  });

  it("survives a view that is taken down and set up in the same moment", async () => {
    const first = sharedClient(options());
    await settle();
    first.release();
    const second = sharedClient(options());
    await clock.advance(0);
    expect(second.client).toBe(first.client);
    expect(second.client.connection.snapshot().state).toBe("connected");
    second.release();
  });

  it("makes a new one after the last has gone", async () => {
    const first = sharedClient(options());
    first.release();
    await clock.advance(0);
    const second = sharedClient(options());
    expect(second.client).not.toBe(first.client);
    second.release();
  });

  it("keeps users and servers apart", () => {
    const held = [sharedClient(options()), sharedClient(options({ token: token("bob") })), sharedClient(options({ url: "http://other.test" })), sharedClient(options({ url: "http://tutti.test/base" })), sharedClient(options({ user: "carol" }))];
    expect(new Set(held.map((each) => each.client)).size).toBe(held.length);
    for (const each of held) each.release();
  });

  it("knows whose a token function's client is by `user` alone", () => {
    const held = [sharedClient(options({ token: () => token("alice"), user: "alice" })), sharedClient(options())];
    expect(held[0]?.client).toBe(held[1]?.client);
    for (const each of held) each.release();
    expect(() => sharedClient(options({ token: () => token("alice") }))).toThrow(TypeError);
    expect(() => sharedClient(options({ token: "opaque" }))).toThrow("user");
  });
});
