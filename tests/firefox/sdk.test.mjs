// The SDK in Firefox: the fallbacks behind a proxy, the queue in IndexedDB over a reload, and tabs that share a connection.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Proxy } from "../browser/support/proxy.mjs";
import { Server } from "../browser/support/server.mjs";
import { Site } from "../browser/support/site.mjs";
import { until, untilEqual } from "../browser/support/wait.mjs";
import { firefox } from "./support/firefox.mjs";

const COMING_BACK_MS = 45_000;

const stage = firefox();
let site;
let server;
let proxy;
let alice;
let bob;
let conversation;
let count = 0;

before(async () => {
  site = await Site.start();
  server = await Server.start({ TUTTI_SERVER__ALLOWED_ORIGINS: site.origin });
});
after(async () => {
  await server?.stop();
  await site?.stop();
});
beforeEach(async () => {
  count++;
  [alice, bob] = await Promise.all([server.person(`Alice ${count}`), server.person(`Bob ${count}`)]);
  conversation = await server.direct(alice, bob);
  proxy = await Proxy.start(server.url);
});
afterEach(() => proxy?.stop());

/** Starts Alice's client in a page, behind the proxy; also when the page was there before. */
async function start(page, options = {}) {
  await site.openBlank(page);
  await page.evaluate(
    ({ id, worker, ...options }) => {
      const sharing = worker === undefined ? options.sharing : { worker: () => new SharedWorker(worker, { type: "module" }) };
      window.client = window.tutti.createClient({ ...options, sharing });
      window.room = window.client.conversation(id);
      window.client.connect();
      void window.room.load();
    },
    { url: proxy.url, token: alice.token, id: conversation.id, ...options },
  );
  return page;
}

const connection = (page) => page.evaluate(() => window.client.connection.snapshot());
const shown = (page) => page.evaluate(() => window.room.snapshot().messages.map(({ message, delivery }) => `${message}: ${delivery}`));
const send = (page, message) => page.evaluate((text) => void window.room.send({ message: text }), message);
const shows = (page, wanted) => untilEqual(() => shown(page), wanted, "every message once, in order", COMING_BACK_MS);

function connected(page) {
  return untilEqual(async () => (await connection(page)).state, "connected", "the connection", COMING_BACK_MS);
}

async function tabOfAlice(options) {
  const person = await stage.person();
  return start(await person.tab(), options);
}

for (const [transport, streams] of [["sse", false], ["polling", true]]) {
  test(`the chat goes on over ${transport} while WebSockets are blocked, and over a WebSocket afterwards`, async () => {
    proxy.blocked = { upgrades: true, streams };
    const page = await tabOfAlice({ sharing: false });
    await connected(page);
    assert.equal((await connection(page)).transport, transport);
    await server.say(bob, conversation, "from Bob");
    await shows(page, ["from Bob: sent"]);
    await send(page, "from Alice");
    await shows(page, ["from Bob: sent", "from Alice: sent"]);
    proxy.blocked = { upgrades: false, streams: false };
    await until(async () => (await connection(page)).transport === "websocket", "the way back up", COMING_BACK_MS);
    await connected(page);
    await server.say(bob, conversation, "again from Bob");
    await shows(page, ["from Bob: sent", "from Alice: sent", "again from Bob: sent"]);
  });
}

test("a message written while the server is down is there after a reload, and is sent once", async () => {
  const page = await tabOfAlice({ sharing: false });
  await connected(page);
  await server.kill();
  await until(async () => (await connection(page)).state !== "connected", "the page notices");
  for (const text of ["one", "two"]) await send(page, text);
  await shows(page, ["one: sending", "two: sending"]);
  await start(page, { sharing: false });
  await shows(page, ["one: sending", "two: sending"]);
  await server.start();
  await shows(page, ["one: sent", "two: sent"]);
  const { messages } = await server.call("GET", `/conversations/${conversation.id}/messages`, { token: bob.token });
  assert.deepEqual(messages.map(({ message }) => message), ["two", "one"]);
});

for (const [name, options] of [["a SharedWorker", { worker: "./worker.js" }], ["an elected tab", {}]]) {
  test(`two tabs share one connection through ${name}, also when the first is closed`, async () => {
    const person = await stage.person();
    const first = await start(await person.tab(), options);
    await connected(first);
    const second = await start(await person.tab(), options);
    await connected(second);
    assert.equal(await server.metric("tutti_connections"), 1);
    await send(first, "from the first");
    for (const tab of [first, second]) await shows(tab, ["from the first: sent"]);
    await first.close();
    await server.say(bob, conversation, "from Bob");
    await send(second, "from the second");
    const all = ["from Bob: sent", "from the first: sent", "from the second: sent"];
    await untilEqual(async () => (await shown(second)).sort(), all, "everything once", COMING_BACK_MS);
    assert.equal(await server.metric("tutti_connections"), 1);
  });
}
