// Tokens that run out, and tokens that never were any good.

import { afterAll, beforeAll, expect, it } from "vitest";
import { connected, until, withToken } from "./support/people";
import { RealServer } from "./support/server";

let server: RealServer;

beforeAll(async () => {
  server = await RealServer.start();
});

afterAll(() => server?.dispose());

it("stays connected while its tokens run out, one after another", async () => {
  let asked = 0;
  const { client } = withToken(server, () => {
    asked += 1;
    return server.token("alice", 3);
  });
  const states = new Set<string>();
  const renewed = new Promise<void>((resolve) => {
    let count = 0;
    client.on("auth_ok", () => void (++count === 3 && resolve()));
  });
  client.connect();
  await connected(client);
  client.connection.subscribe(() => states.add(client.connection.snapshot().state));
  await renewed;
  await expect(client.request({ type: "ping" })).resolves.toMatchObject({ type: "pong" });
  expect([...states].filter((state) => state !== "connected")).toEqual([]);
  expect(asked).toBe(4);
  client.disconnect();
});

it("stops with a reason when its only token has run out", async () => {
  const { client } = withToken(server, await server.token("alice", 2));
  client.connect();
  await connected(client);
  const { problem } = await until(client.connection, (connection) => connection.final);
  expect(problem).toBe("Your session has expired. Please sign in again.");
});

it("stops with a reason when its token is refused", async () => {
  const { client } = withToken(server, "not.a.token");
  client.connect();
  const { problem, attempts } = await until(client.connection, (connection) => connection.final);
  expect({ problem, attempts }).toEqual({ problem: "Authentication failed. Please sign in again.", attempts: 0 });
  await expect(client.api.unread()).rejects.toMatchObject({ code: "unauthenticated" });
});
