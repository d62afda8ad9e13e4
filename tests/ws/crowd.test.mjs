// A thousand connections at once: all of them begin, are answered, hear one message, and end well.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, until } from "./support/client.mjs";
import { person, Server } from "./support/server.mjs";

const COUNT = 1000;
const OPEN = 'tutti_connections{transport="websocket"}';

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

test("a thousand connections in one burst", async (t) => {
  const people = Array.from({ length: COUNT }, () => person("crowd"));
  const [first, ...others] = people;
  const member_ids = others.map(({ id }) => id);
  const { id } = await server.post("/conversations", first.token, { title: "everybody", member_ids });

  let clients;
  await t.test("all are welcome", async () => {
    clients = await Promise.all(people.map((one) => Client.connect(server, one)));
    const names = clients.map(({ welcome }) => JSON.parse(welcome.data.toString()).user.id);
    assert.deepEqual(names, people.map((one) => one.id));
    assert.equal(await server.metric(OPEN), COUNT);
  });
  await t.test("all are answered, each with its own words", async () => {
    for (const [at, client] of clients.entries()) client.send({ type: "ping", ref: at });
    const replies = await Promise.all(clients.map((client) => client.frame()));
    assert.deepEqual(replies.map(({ ref }) => ref), [...clients.keys()]);
  });
  await t.test("all hear what one of them says, in its order", async () => {
    for (const message of ["one", "two", "three"]) clients[0].send({ type: "message", conversation_id: id, message });
    for (const client of clients) {
      const heard = [await client.frame(), await client.frame(), await client.frame()];
      assert.deepEqual(heard.map((frame) => frame.message.message), ["one", "two", "three"]);
    }
  });
  await t.test("all end with 1000, and nothing is left of them", async () => {
    const ends = await Promise.all(clients.map((client) => client.close(1000)));
    assert.deepEqual([...new Set(ends.map(({ code }) => code))], [1000]);
    assert.deepEqual(ends.flatMap((end) => end.before), []);
    await until(async () => (await server.metric(OPEN)) === 0, "no connection is open");
  });
});
