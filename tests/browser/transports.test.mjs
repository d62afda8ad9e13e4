// The SDK in a real browser behind a proxy that blocks WebSockets, and streams too; and in a page that nobody looks at.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Proxy } from "./support/proxy.mjs";
import { alice, bob, context, conversation, server, setUp, site } from "./support/talk.mjs";
import { until, untilEqual } from "./support/wait.mjs";

let proxy;

setUp();
beforeEach(async () => {
  proxy = await Proxy.start(server.url);
});
afterEach(() => proxy?.stop());

/** A page in which Alice has the conversation before her. */
async function chat(options = {}) {
  const page = await context.newPage();
  await site.openBlank(page);
  await page.evaluate(async ({ url, token, id, options }) => {
    window.client = window.tutti.createClient({ url, token, ...options });
    window.room = window.client.conversation(id);
    window.client.connect();
    await window.room.load();
  }, { url: proxy.url, token: alice.token, id: conversation.id, options });
  await untilEqual(() => state(page), "connected", "the connection");
  return page;
}

const connection = (page) => page.evaluate(() => window.client.connection.snapshot());
const state = async (page) => (await connection(page)).state;
const transport = async (page) => (await connection(page)).transport;
const shown = (page) => page.evaluate(() => window.room.snapshot().messages.map(({ message, delivery }) => `${message}: ${delivery}`));
const send = (page, message) => page.evaluate(async (text) => void (await window.room.send({ message: text })), message);
const hide = (page, hidden) => page.evaluate((value) => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (value ? "hidden" : "visible") });
  document.dispatchEvent(new Event("visibilitychange"));
}, hidden);

test("the chat goes on over an event stream while WebSockets are blocked, and over a WebSocket afterwards", async () => {
  proxy.blocked = { upgrades: true, streams: false };
  const page = await chat();
  assert.equal(await transport(page), "sse");
  await server.say(bob, conversation, "from Bob");
  await untilEqual(() => shown(page), ["from Bob: sent"], "Bob's message");
  await send(page, "from Alice");
  await untilEqual(() => shown(page), ["from Bob: sent", "from Alice: sent"], "Alice's own message");
  proxy.blocked = { upgrades: false, streams: false };
  await until(async () => (await transport(page)) === "websocket" && (await state(page)) === "connected", "the way back up", 30_000);
  await server.say(bob, conversation, "again from Bob");
  await send(page, "again from Alice");
  await untilEqual(async () => (await shown(page)).sort(), ["again from Alice: sent", "again from Bob: sent", "from Alice: sent", "from Bob: sent"], "everything, once");
});

test("polling carries the chat where streams are blocked too", async () => {
  proxy.blocked = { upgrades: true, streams: true };
  const page = await chat();
  assert.equal(await transport(page), "polling");
  await send(page, "from Alice");
  await server.say(bob, conversation, "from Bob");
  await untilEqual(() => shown(page), ["from Alice: sent", "from Bob: sent"], "both messages");
});

test("a page that nobody looks at lets its connection go, and has what it missed when somebody does", async () => {
  const page = await chat({ pauseAfterHiddenMs: 100 });
  await hide(page, true);
  await until(async () => (await connection(page)).paused, "the pause");
  await server.say(bob, conversation, "meanwhile");
  await hide(page, false);
  await untilEqual(() => shown(page), ["meanwhile: sent"], "what was missed");
  assert.equal((await connection(page)).paused, false);
});
