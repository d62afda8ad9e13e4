// Messages written without a network survive the page: in IndexedDB of a real browser, and sent once to the real server.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { alice, bob, context, conversation, server, setUp, site } from "./support/talk.mjs";
import { until, untilEqual } from "./support/wait.mjs";

setUp();
beforeEach(() => site.serveOffline(context));

/** A tab in which Alice's client runs. */
async function tab(page) {
  page ??= await context.newPage();
  await site.openBlank(page);
  await page.evaluate(({ url, token, id }) => {
    window.client = window.tutti.createClient({ url, token });
    window.room = window.client.conversation(id);
    window.client.connect();
  }, { url: server.url, token: alice.token, id: conversation.id });
  return page;
}

const state = (page) => page.evaluate(() => window.client.connection.snapshot().state);
const shown = (page) => page.evaluate(() => window.room.snapshot().messages.map(({ message, delivery }) => `${message}: ${delivery}`));
const send = (page, message) => page.evaluate((text) => void window.room.send({ message: text }), message);

/** How many messages the browser keeps for later. */
const kept = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("tutti", 1);
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const counting = opening.result.transaction("outbox").objectStore("outbox").count();
    counting.onsuccess = () => {
      opening.result.close();
      resolve(counting.result);
    };
  };
}));

async function stored() {
  const { messages } = await server.call("GET", `/conversations/${conversation.id}/messages`, { token: bob.token });
  return messages.map(({ message }) => message).reverse();
}

test("a message written offline is there after a reload, and is sent once when the network is back", async () => {
  const page = await tab();
  await untilEqual(() => state(page), "connected", "the connection");
  await context.setOffline(true);
  await until(async () => (await state(page)) !== "connected", "the page notices");
  for (const text of ["one", "two"]) await send(page, text);
  await untilEqual(() => kept(page), 2, "both are kept");
  await tab(page);
  await untilEqual(() => shown(page), ["one: sending", "two: sending"], "both are there again");
  assert.deepEqual(await stored(), []);
  await context.setOffline(false);
  await untilEqual(() => shown(page), ["one: sent", "two: sent"], "both are sent");
  assert.deepEqual(await stored(), ["one", "two"]);
  await untilEqual(() => kept(page), 0, "nothing is kept any more");
});

test("what a living tab is about to send is its own; of one that was closed, another takes it over", async () => {
  const [one, other] = [await tab(), await tab()];
  for (const page of [one, other]) await untilEqual(() => state(page), "connected", "the connection");
  await context.setOffline(true);
  await until(async () => (await state(one)) !== "connected", "the page notices");
  await send(one, "from the first tab");
  await untilEqual(() => kept(one), 1, "it is kept");
  await tab(other);
  await send(other, "from the second tab");
  await untilEqual(() => kept(other), 2, "both are kept");
  assert.deepEqual(await shown(other), ["from the second tab: sending"]);
  await one.close();
  await tab(other);
  await untilEqual(() => shown(other), ["from the first tab: sending", "from the second tab: sending"], "both are the second tab's now");
  await context.setOffline(false);
  await untilEqual(() => shown(other), ["from the first tab: sent", "from the second tab: sent"], "both are sent");
  assert.deepEqual(await stored(), ["from the first tab", "from the second tab"]);
});

test("nothing of a session that was ended stays behind", async () => {
  const page = await tab();
  await untilEqual(() => state(page), "connected", "the connection");
  await context.setOffline(true);
  await until(async () => (await state(page)) !== "connected", "the page notices");
  await send(page, "never sent");
  await untilEqual(() => kept(page), 1, "it is kept");
  await page.evaluate(() => window.client.logout());
  await untilEqual(() => kept(page), 0, "it is gone");
});
