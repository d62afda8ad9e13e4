// What docs/testing.md advises works.

import { expect, it } from "vitest";
import { createClient, type TuttiClient } from "@tutti/client";
import { FakeServer } from "../src/index";

async function chat(): Promise<{ server: FakeServer; client: TuttiClient; room: ReturnType<TuttiClient["conversation"]> }> {
  const server = new FakeServer();
  const { id } = server.conversation("bob", { member_ids: ["alice"] });
  const client = createClient({ ...server.options("alice") });
  client.connect();
  await server.clock.advance(0);
  const room = client.conversation(id);
  await room.load();
  return { server, client, room };
}

it("an application with a client of its own is connected", async () => {
  const { client, room } = await chat();
  expect([client.connection.snapshot().state, room.snapshot().status]).toEqual(["connected", "ready"]);
});

it("what is done in time is done when the clock has been moved", async () => {
  const { server, room } = await chat();
  server.message({ from: "bob", conversation_id: room.id, message: "Hello" });
  await server.clock.advance(0);
  room.markRead();
  await server.clock.advance(1000);
  expect(server.frames("alice").at(-1)).toMatchObject({ type: "read_receipt" });
  server.delay(200);
  const sending = room.send({ message: "slow" });
  await server.clock.advance(200);
  expect(await sending).toMatchObject({ message: "slow", seq: 2 });
});

it("a server that is down for an hour is found again when asked", async () => {
  const { server, client, room } = await chat();
  server.refuseConnections(Infinity);
  server.restart({ crash: true });
  const sending = room.send({ message: "patient" });
  await server.clock.advance(3_600_000);
  expect(client.connection.snapshot().state).not.toBe("connected");
  server.refuseConnections(0);
  client.reconnect();
  await server.clock.advance(0);
  expect(await sending).toMatchObject({ message: "patient" });
});

it("history that cannot be loaded is seen as such", async () => {
  const { server, client, room } = await chat();
  client.logout();
  client.connect();
  await server.clock.advance(0);
  server.fail("GET /conversations/{id}/messages", { code: "unavailable" });
  const again = client.conversation(room.snapshot().info?.id ?? room.id);
  await again.load();
  expect(again.snapshot()).toMatchObject({ status: "error", error: { code: "unavailable" } });
});

it("a client that never connects still has HTTP", async () => {
  const server = new FakeServer();
  const { id } = server.conversation("bob", { title: "room", member_ids: ["alice"] });
  const bob = createClient(server.options("bob"));
  await bob.api.removeMember(id, "alice");
  expect((await bob.api.conversation(id)).member_count).toBe(1);
});

it("no more than the rate that was set goes through, until the time is over", async () => {
  const server = new FakeServer({ rates: { message: { count: 2, perMs: 10_000 } } });
  const { id } = server.conversation("bob", { member_ids: ["alice"] });
  const say = (): unknown => server.message({ from: "bob", conversation_id: id, message: "Hello" });
  say();
  say();
  expect(say).toThrow(expect.objectContaining({ code: "rate_limited", retryAfterMs: 5000 }));
  await server.clock.advance(5000);
  expect(say).not.toThrow();
  expect(say).toThrow();
});
