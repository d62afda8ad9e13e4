// How a connection begins: the upgrade, sub-protocols, extensions, and the ways to say who is calling.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, refusal } from "./support/client.mjs";
import { person, Server } from "./support/server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const welcome = ({ kind, data }) => {
  assert.equal(kind, "text");
  return JSON.parse(data.toString());
};

test("JSON is spoken when nothing is offered", async () => {
  const user = person();
  const client = await Client.connect(server, user);
  assert.equal(client.socket.protocol, "");
  assert.equal(welcome(client.welcome).user.id, user.id);
  assert.equal((await client.close(1000)).code, 1000);
});

test("the first sub-protocol that the server speaks is taken", async () => {
  for (const [protocols, chosen, kind] of [
    [["tutti.v1.json"], "tutti.v1.json", "text"],
    [["tutti.v1.msgpack"], "tutti.v1.msgpack", "binary"],
    [["soap", "tutti.v1.msgpack", "tutti.v1.json"], "tutti.v1.msgpack", "binary"],
    [["tutti.v1.json", "tutti.v1.msgpack"], "tutti.v1.json", "text"],
  ]) {
    const client = await Client.connect(server, person(), { protocols });
    assert.equal(client.socket.protocol, chosen);
    assert.equal(client.welcome.kind, kind);
    await client.close(1000);
  }
});

test("a sub-protocol that nobody speaks is not agreed to, and ws gives up", async () => {
  const client = new Client(server, person(), { protocols: ["soap"] });
  assert.equal((await client.end()).code, 1006);
  assert.match(client.error.message, /no subprotocol/);
});

test("compression is agreed to, and used both ways", async () => {
  const user = person();
  const options = { perMessageDeflate: { threshold: 0 } };
  const [client, reader] = [await Client.connect(server, user, options), await Client.connect(server, user, options)];
  assert.match(client.socket.extensions, /permessage-deflate/);
  const text = "all work and no play ".repeat(200);
  client.send({ type: "message", receiver_id: person().id, message: text });
  let pushed = await reader.frame();
  if (pushed.type === "conversation_created") pushed = await reader.frame();
  assert.equal(pushed.message.message, text);
  assert.equal((await client.frame()).message.message, text);
  await Promise.all([client.close(1000), reader.close(1000)]);
});

test("the token may come in the header, in the query, or in the first frame", async () => {
  const user = person();
  const query = await Client.connect(server, null, { path: `?token=${user.token}` });
  assert.equal(welcome(query.welcome).user.id, user.id);
  const later = new Client(server, null);
  later.socket.on("open", () => later.send({ type: "auth", token: user.token }));
  assert.equal((await later.frame()).user.id, user.id);
  await Promise.all([query.close(1000), later.close(1000)]);
});

test("a bad token gets an error and 4001, for no browser sees the status of a refused upgrade", async () => {
  const client = new Client(server, { token: "no token" });
  const { code, before: said } = await client.end();
  assert.equal(code, 4001);
  assert.equal(JSON.parse(said[0].data.toString()).code, "unauthenticated");
});

test("another path is refused before the upgrade", async () => {
  assert.equal((await refusal(new Client(server, person(), { path: "/elsewhere" }))).status, 404);
});

test("an old version of the protocol is refused, and the right one named (4.2.2)", async () => {
  const { status, headers } = await refusal(new Client(server, person(), { protocolVersion: 8 }));
  assert.ok(status >= 400 && status < 500, String(status));
  assert.equal(headers["sec-websocket-version"], "13");
});
