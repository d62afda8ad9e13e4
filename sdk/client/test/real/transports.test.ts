// The chat over everything that can carry it: event streams, polling, MessagePack, and from one to the other.

import { afterEach, beforeEach, expect, it } from "vitest";
import type { ConversationSnapshot, SocketFactory } from "../../src/index";
import { connected, group, join, type Person, until, withToken } from "./support/people";
import { RealServer } from "./support/server";
import { openSocket } from "./support/socket";

let server: RealServer;
let people: Person[] = [];

beforeEach(async () => {
  server = await RealServer.start();
});

afterEach(async () => {
  for (const { client } of people) client.disconnect();
  people = [];
  await server?.dispose();
});

async function everybody(...joining: Promise<Person>[]): Promise<[Person, Person]> {
  people = await Promise.all(joining);
  const [alice, bob] = people;
  if (alice === undefined || bob === undefined) throw new Error("two people are needed");
  return [alice, bob];
}

const texts = (room: ConversationSnapshot): string[] => room.messages.map((view) => view.message);
const has = (...messages: string[]) => (room: ConversationSnapshot): boolean => messages.every((message) => texts(room).includes(message));

it.each(["sse", "polling"] as const)("carries the chat over %s in both directions", async (transport) => {
  const [alice, bob] = await everybody(join(server, "Alice"), join(server, "Bob", { transports: [transport] }));
  expect(bob.client.connection.snapshot()).toMatchObject({ state: "connected", transport, user: { name: "Bob" } });
  const [mine, theirs] = await group(alice, bob);
  await mine!.send({ message: "from Alice" });
  await until(theirs!, has("from Alice"));
  const sent = await Promise.all(["one", "two", "three"].map((message) => theirs!.send({ message })));
  expect(sent.map((message) => message.seq)).toEqual([2, 3, 4]);
  await theirs!.edit(sent[0]!.id, "first");
  expect(texts(await until(mine!, has("first", "three")))).toEqual(["from Alice", "first", "two", "three"]);
  expect(texts(theirs!.snapshot())).toEqual(["from Alice", "first", "two", "three"]);
  theirs!.markRead();
  await until(mine!, (room) => room.readers[bob.id] === 4);
});

it("follows presence and typing over an event stream", async () => {
  const [alice, bob] = await everybody(join(server, "Alice"), join(server, "Bob", { transports: ["sse"] }));
  const [mine, theirs] = await group(alice, bob);
  const stop = bob.client.presence.follow([alice.id]);
  await until(bob.client.presence.of(alice.id), (presence) => presence?.status === "online");
  await alice.client.presence.set("busy");
  await until(bob.client.presence.of(alice.id), (presence) => presence?.status === "busy");
  mine!.typing(true);
  await until(theirs!, (room) => room.typing.includes(alice.id));
  stop();
});

it("carries channels over an event stream", async () => {
  const [alice, bob] = await everybody(join(server, "Alice"), join(server, "Bob", { transports: ["sse"] }));
  const heard = new Promise((resolve) => void bob.client.on("publication", resolve));
  await bob.client.request({ type: "subscribe", channel: "public:room" });
  await alice.client.request({ type: "publish", channel: "public:room", data: { x: 1 } });
  expect(await heard).toMatchObject({ channel: "public:room", data: { x: 1 }, offset: 1 });
  await expect(bob.client.request({ type: "publish", channel: "public:room", data: 2 })).resolves.toMatchObject({ type: "published", offset: 2 });
});

it("leaves without a goodbye, so that presence lingers, and says one on logout", async () => {
  const [alice, bob] = await everybody(join(server, "Alice"), join(server, "Bob"));
  await group(alice, bob);
  const stop = bob.client.presence.follow([alice.id]);
  const presence = bob.client.presence.of(alice.id);
  await until(presence, (now) => now?.status === "online");
  const seen: (string | undefined)[] = [];
  presence.subscribe(() => seen.push(presence.snapshot()?.status));
  alice.client.disconnect();
  alice.client.connect();
  await connected(alice.client);
  await alice.client.presence.set("busy");
  await until(presence, (now) => now?.status === "busy");
  alice.client.logout();
  await until(presence, (now) => now?.status === "offline");
  expect(seen).toEqual(["busy", "offline"]);
  stop();
});

it.each(["sse", "polling"] as const)("keeps its session over %s while tokens run out", async (transport) => {
  let asked = 0;
  const { client } = withToken(server, () => {
    asked += 1;
    return server.token("alice", 3);
  }, { transports: [transport] });
  const renewed = new Promise<void>((resolve) => void client.on("auth_ok", () => asked >= 4 && resolve()));
  client.connect();
  await connected(client);
  const states = new Set<string>();
  client.connection.subscribe(() => states.add(client.connection.snapshot().state));
  await renewed;
  await expect(client.request({ type: "ping" })).resolves.toMatchObject({ type: "pong" });
  expect([...states].filter((state) => state !== "connected")).toEqual([]);
  client.disconnect();
});

it.each(["sse", "polling"] as const)("stops over %s when the token is refused, and says why", async (transport) => {
  const { client } = withToken(server, "not.a.token", { transports: [transport] });
  client.connect();
  const { problem } = await until(client.connection, (connection) => connection.final);
  expect(problem).toBe("Authentication failed. Please sign in again.");
});

it("stops over an event stream when the only token has run out", async () => {
  const { client } = withToken(server, await server.token("alice", 2), { transports: ["sse"] });
  client.connect();
  await connected(client);
  const { problem } = await until(client.connection, (connection) => connection.final);
  expect(problem).toBe("Your session has expired. Please sign in again.");
});

it.each(["sse", "polling"] as const)("resumes over %s after the server was killed, with what was written meanwhile", async (transport) => {
  const [alice, bob] = await everybody(join(server, "Alice"), join(server, "Bob", { transports: [transport] }));
  const [mine, theirs] = await group(alice, bob);
  await mine!.send({ message: "before" });
  await until(theirs!, has("before"));
  bob.requests.length = 0;
  await server.kill();
  const waiting = [mine!.send({ message: "by Alice meanwhile" }), theirs!.send({ message: "by Bob meanwhile" })];
  await server.start();
  await Promise.all(waiting);
  for (const room of [mine!, theirs!]) expect(texts(await until(room, has("by Alice meanwhile", "by Bob meanwhile")))).toHaveLength(3);
  expect(bob.requests).toEqual([]);
});

it("goes on over an event stream when WebSockets are refused, and climbs back when they are not", { timeout: 60_000 }, async () => {
  let blocked = true;
  const real = openSocket(() => undefined);
  const socket: SocketFactory = (url, protocol, handlers) => {
    if (!blocked) return real(url, protocol, handlers);
    queueMicrotask(() => handlers.closed(1006, ""));
    return { send: () => undefined, close: () => undefined };
  };
  const [alice, bob] = await everybody(join(server, "Alice"), join(server, "Bob", { socket }));
  expect(bob.client.connection.snapshot().transport).toBe("sse");
  const [mine, theirs] = await group(alice, bob);
  bob.requests.length = 0;
  await mine!.send({ message: "over the stream" });
  await until(theirs!, has("over the stream"));
  blocked = false;
  const all: string[] = ["over the stream"];
  while (bob.client.connection.snapshot().transport !== "websocket") {
    const [from, to] = all.length % 2 === 0 ? [mine!, theirs!] : [theirs!, mine!];
    const message = `message ${all.length}`;
    all.push(message);
    await from.send({ message });
    await until(to, has(message));
  }
  await connected(bob.client);
  await mine!.send({ message: "over the socket" });
  for (const room of [mine!, theirs!]) expect(texts(await until(room, has("over the socket"))).sort()).toEqual([...all, "over the socket"].sort());
  expect(bob.requests).toEqual([]);
  expect(bob.client.metrics.snapshot()).toMatchObject({ reconnects: 0 });
});

it("speaks MessagePack where it is asked to", async () => {
  const protocols: string[] = [];
  const kinds = new Set<string>();
  const real = openSocket((ws) => {
    ws.on("open", () => protocols.push(ws.protocol));
    ws.on("message", (_data, isBinary) => kinds.add(isBinary ? "binary" : "text"));
  });
  const [alice, bob] = await everybody(join(server, "Alice"), join(server, "Bob", { codec: "msgpack", socket: real }));
  const [mine, theirs] = await group(alice, bob);
  await mine!.send({ message: "für 😀" });
  await until(theirs!, has("für 😀"));
  await theirs!.send({ message: "back", metadata: { deep: [1, 2.5, null, true, "x"] } });
  const room = await until(mine!, has("back"));
  expect(room.messages.at(-1)?.metadata).toEqual({ deep: [1, 2.5, null, true, "x"] });
  expect([protocols, [...kinds]]).toEqual([["tutti.v1.msgpack"], ["binary"]]);
});
