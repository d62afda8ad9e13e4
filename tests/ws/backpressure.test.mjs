// Who does not read, and who writes faster than can be answered: nothing is lost or reordered within the bounds, and
// what happens beyond them is said.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "./support/client.mjs";
import { person, Server } from "./support/server.mjs";

const SLOW = 'tutti_connections_closed_total{code="4100"}';

let server;
before(async () => (server = await Server.start({ CONNECTIONS__MAX_OUTBOUND_BYTES: 262_144 })));
after(() => server.stop());

/** Two who have written to each other. */
async function pair() {
  const [alice, bob] = [person("alice"), person("bob")];
  const [one, other] = [await Client.connect(server, alice), await Client.connect(server, bob)];
  one.send({ type: "message", receiver_id: bob.id, message: "first words" });
  const conversation = (await one.frame()).message.conversation_id;
  assert.equal((await other.frame()).type, "conversation_created");
  assert.equal((await other.frame()).type, "message");
  return { one, other, conversation };
}

/** Says so many things, and waits until all of them are acknowledged. */
async function say(client, conversation, count, padding = "") {
  for (let at = 0; at < count; at++) {
    client.send({ type: "message", ref: at, conversation_id: conversation, message: `${at} ${padding}` });
  }
  for (let at = 0; at < count; at++) assert.equal((await client.frame()).ref, at);
}

test("requests without waiting are all answered, in their order", async () => {
  const { one, other, conversation } = await pair();
  await say(one, conversation, 5000);
  for (let at = 0; at < 5000; at++) assert.equal((await other.frame()).message.message, `${at} `);
  assert.equal(one.socket.bufferedAmount, 0);
  await Promise.all([one.close(1000), other.close(1000)]);
});

test("who pauses and goes on in time misses nothing", async () => {
  const { one, other, conversation } = await pair();
  other.socket.pause();
  await say(one, conversation, 100, "x".repeat(2000));
  other.socket.resume();
  for (let at = 0; at < 100; at++) assert.match((await other.frame()).message.message, new RegExp(`^${at} x`));
  await Promise.all([one.close(1000), other.close(1000)]);
});

test("who does not read is given up with 4100, and nobody waits for them", async () => {
  const { one, other, conversation } = await pair();
  other.socket.pause();
  const padding = "x".repeat(4900);
  for (let round = 0; (await server.metric(SLOW)) === 0; round++) {
    assert.ok(round < 500, "25000 messages were not too many for somebody who does not read");
    await say(one, conversation, 50, padding);
  }
  // What was on its way, whole and in order, and then why there is no more.
  other.socket.resume();
  const { code, reason, before: heard } = await other.end();
  assert.deepEqual([code, reason], [4100, "slow consumer"]);
  const seqs = heard.map(({ data }) => JSON.parse(data.toString()).message.seq);
  assert.deepEqual(seqs, seqs.map((_, at) => at + seqs[0]));
  await one.close(1000);
});
