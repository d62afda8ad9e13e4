// Messages, fragments, masks, pings and ends as `ws` makes them. The malformed ones are left to
// `tests/python/autobahn`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "./support/client.mjs";
import { person, Server } from "./support/server.mjs";

const LIMIT = 65_536;
const GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];

let server;
before(async () => (server = await Server.start({ CHAT__MAX_MESSAGE_CHARS: 100_000 })));
after(() => server.stop());

const connect = (options) => Client.connect(server, person(), options);

/** A request of exactly so many bytes, and the text in it, which is to come back. */
function sized(size) {
  const [head, tail] = JSON.stringify({ type: "message", receiver_id: "somebody", message: "|" }).split("|");
  const text = Array.from({ length: Math.ceil(size / 8) }, (_, at) => String(at).padStart(8)).join("");
  const message = text.slice(0, size - head.length - tail.length);
  return { data: head + message + tail, message };
}

test("a message in as many fragments as characters is one message", async () => {
  const client = await connect();
  const data = JSON.stringify({ type: "ping", ref: "fragments \u20ac" });
  const bytes = Buffer.from(data);
  for (const [at, byte] of bytes.entries()) {
    client.socket.send(Buffer.of(byte), { binary: false, fin: at === bytes.length - 1 });
  }
  assert.equal((await client.frame()).ref, "fragments \u20ac");
  assert.equal((await client.close(1000)).code, 1000);
});

test("pings between fragments are answered before the message is whole", async () => {
  const client = await connect();
  client.socket.send('{"type":"ping",', { fin: false });
  client.socket.ping("one");
  assert.deepEqual(await client.next(), { kind: "pong", data: Buffer.from("one") });
  client.socket.send('"ref":"whole"', { fin: false });
  client.socket.ping(Buffer.alloc(125, 0xfe));
  assert.deepEqual(await client.next(), { kind: "pong", data: Buffer.alloc(125, 0xfe) });
  client.socket.send("}");
  assert.equal((await client.frame()).ref, "whole");
  assert.equal((await client.close(1000)).code, 1000);
});

test("a pong that nobody asked for is not answered", async () => {
  const client = await connect();
  client.socket.pong("here");
  client.socket.ping("there");
  assert.deepEqual(await client.next(), { kind: "pong", data: Buffer.from("there") });
  assert.deepEqual((await client.close(1000)).before, []);
});

test("every mask is taken off", async () => {
  for (const key of [[0, 0, 0, 0], [255, 255, 255, 255], [1, 2, 4, 128], [0x7b, 0x22, 0x7d, 0x5b]]) {
    const client = await connect({ generateMask: (mask) => mask.set(key) });
    const { data, message } = sized(1003);
    client.socket.send(data);
    assert.equal((await client.frame()).message.message, message);
    await client.close(1000);
  }
});

test("a frame without a mask is a violation", async () => {
  const client = await connect();
  client.socket.send('{"type":"ping"}', { mask: false });
  const { code, before: said } = await client.end();
  assert.equal(code, 1002);
  assert.deepEqual(said, []);
});

test("messages up to the limit come back whole", async () => {
  const client = await connect();
  for (const size of [125, 126, 127, 65_535, LIMIT]) {
    const { data, message } = sized(size);
    client.socket.send(data);
    assert.equal((await client.frame()).message.message, message);
  }
  await client.close(1000);
});

test("a message over the limit is refused, and the client reads why", async () => {
  for (const size of [LIMIT + 1, 1 << 20, 1 << 23]) {
    const client = await connect();
    client.socket.send(Buffer.alloc(size, " "), { binary: false });
    assert.equal((await client.end()).code, 1009);
  }
});

test("binary where text is spoken is an error, and the connection stays", async () => {
  const client = await connect();
  client.socket.send(Buffer.from('{"type":"ping"}'));
  assert.equal((await client.frame()).code, "invalid_request");
  client.send({ type: "ping", ref: 1 });
  assert.equal((await client.frame()).ref, 1);
  await client.close(1000);
});

test("every code that a client may close with comes back", async () => {
  for (const code of GOOD_CODES) {
    const client = await connect();
    assert.deepEqual(await client.close(code, "a reason \u20ac"), { kind: "close", code, reason: "", before: [] });
  }
  const client = await connect();
  assert.equal((await client.close()).code, 1005, "no code is answered by no code");
});

test("the server says goodbye with a code and a reason", async () => {
  const client = await connect();
  client.send({ type: "logout" });
  assert.deepEqual(await client.end(), { kind: "close", code: 1000, reason: "goodbye", before: [] });
});

test("what was sent just before the close is carried out", async () => {
  const bob = person("bob");
  const other = await Client.connect(server, bob);
  // Several times, for it depends on whether the system joins the two.
  for (let round = 0; round < 20; round++) {
    const client = await connect();
    client.send({ type: "message", receiver_id: bob.id, message: "last words" });
    await client.close(1000);
    assert.equal((await other.frame()).type, "conversation_created");
    assert.equal((await other.frame()).message.message, "last words");
  }
  await other.close(1000);
});

test("connections that are cut off make room for others", async () => {
  const user = person();
  for (let round = 0; round < 3; round++) {
    const clients = await Promise.all(Array.from({ length: 5 }, () => Client.connect(server, user)));
    assert.equal((await new Client(server, user).end()).code, 4029);
    for (const client of clients) client.socket.terminate();
    await gone(user);
  }
});

/** Connects until there is room, and leaves. */
async function gone(user) {
  for (;;) {
    const client = new Client(server, user);
    const { kind } = await client.next();
    if (kind === "text") return client.close(1000);
  }
}
