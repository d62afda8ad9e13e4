// Tabs of one browser with one connection to the real server: through a SharedWorker, and through an elected tab.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { alice, bob, context, conversation, server, setUp, site } from "./support/talk.mjs";
import { until, untilEqual } from "./support/wait.mjs";

/** How long a tab hangs; longer than the others are patient. */
const HANGS_MS = 12_000;
const WORKER = "./worker.js";

setUp();
afterEach(() => untilEqual(connections, 0, "no connection is left"));

/** How many connections the server has. */
const connections = () => server.metric("tutti_connections");

/** A connected tab of Alice's. `way`: "elected", "own" for not sharing, or the script of the SharedWorker. */
async function open(way) {
  const page = await context.newPage();
  const facts = new URLSearchParams({ url: server.url, token: alice.token, conversation: conversation.id, way });
  await page.goto(`${site.origin}/sharing.html#${facts}`);
  await connected(page);
  return page;
}

async function connected(page) {
  await untilEqual(() => page.evaluate(() => window.client?.connection.snapshot().state), "connected", "the connection of a tab", 30_000);
  await page.evaluate(() => window.room.load());
}

const texts = (page) => page.evaluate(() => window.room.snapshot().messages.map(({ message, delivery }) => (delivery === "sent" ? message : `${message}?`)));
/** What a tab has of its user. */
const left = (page) => page.evaluate(() => {
  const [{ state, user, queued }, { messages, info }] = [window.client.connection.snapshot(), window.room.snapshot()];
  return { state, user, queued, messages, info, conversations: window.client.conversations.snapshot().conversations };
});
const send = (page, message) => page.evaluate((text) => void window.room.send({ message: text }), message);
const shows = (page, wanted) => untilEqual(() => texts(page), wanted, "every message once, in order", 30_000);

for (const [name, way] of [["a SharedWorker", WORKER], ["an elected tab", "elected"]]) {
  describe(`through ${name}`, () => {
    test("three tabs are one connection, and chat flows in all", async () => {
      const tabs = [await open(way), await open(way), await open(way)];
      assert.equal(await connections(), 1);
      const ids = await Promise.all(tabs.map((tab) => tab.evaluate(() => window.client.request({ type: "ping" }).then((pong) => pong.type))));
      assert.deepEqual(ids, ["pong", "pong", "pong"]);
      await server.say(bob, conversation, "from Bob");
      for (const tab of tabs) await shows(tab, ["from Bob"]);
      await send(tabs[0], "from the first");
      for (const tab of tabs) await shows(tab, ["from Bob", "from the first"]);
      await send(tabs[2], "from the last");
      for (const tab of tabs) await shows(tab, ["from Bob", "from the first", "from the last"]);
      assert.equal(await connections(), 1);
    });

    test("the first tab is closed in the middle of a talk: nothing is lost or doubled", async () => {
      const [first, second, third] = [await open(way), await open(way), await open(way)];
      const said = [];
      for (let count = 0; count < 30; count++) {
        said.push(`message ${count}`);
        await server.say(bob, conversation, `message ${count}`);
        if (count === 10) await first.close();
      }
      for (const tab of [second, third]) await shows(tab, said);
      await send(second, "and on");
      for (const tab of [second, third]) await shows(tab, [...said, "and on"]);
      await untilEqual(connections, 1, "one connection again");
      if (way === WORKER) assert.deepEqual(await second.evaluate(() => window.states.includes("reconnecting")), false);
    });

    test("a tab that is reloaded comes back to the same connection", async () => {
      const [first, second] = [await open(way), await open(way)];
      await second.reload();
      await connected(second);
      await server.say(bob, conversation, "hello again");
      for (const tab of [first, second]) await shows(tab, ["hello again"]);
      assert.equal(await connections(), 1);
      assert.deepEqual(await first.evaluate(() => window.states.includes("reconnecting")), false);
    });

    test("channels are heard by the tabs that listen", async () => {
      const [first, second, third] = [await open(way), await open(way), await open(way)];
      for (const tab of [first, second, third]) {
        await tab.evaluate(() => {
          window.heard = [];
          window.client.on("publication", (frame) => window.heard.push(frame.data));
        });
      }
      const subscribed = (tab) => tab.evaluate(() => window.client.request({ type: "subscribe", channel: "public:room" }));
      for (const tab of [first, second]) assert.equal((await subscribed(tab)).type, "subscribed");
      await third.evaluate(() => window.client.request({ type: "publish", channel: "public:room", data: "news" }));
      for (const tab of [first, second]) await untilEqual(() => tab.evaluate(() => window.heard), ["news"], "the publication");
      assert.deepEqual(await third.evaluate(() => window.heard), []);
    });

    test("a logout in one tab ends the session in all, also in one that is offline, and nothing of it stays on any screen", async () => {
      const tabs = [await open(way), await open(way), await open(way)];
      await server.say(bob, conversation, "for Alice only");
      for (const tab of tabs) {
        await shows(tab, ["for Alice only"]);
        await tab.evaluate(() => window.client.conversations.load());
      }
      await tabs[2].evaluate(() => window.dispatchEvent(new Event("offline")));
      await untilEqual(() => tabs[2].evaluate(() => window.client.connection.snapshot().state), "reconnecting", "one is offline");
      await tabs[1].evaluate(() => window.client.logout());
      for (const tab of tabs) await untilEqual(() => left(tab), { state: "disconnected", user: null, queued: 0, messages: [], info: null, conversations: [] }, "nothing is left");
      await untilEqual(connections, 0, "the connection is closed");
    });

    test("the server is killed and comes back: all tabs go on, over one connection", async () => {
      const tabs = [await open(way), await open(way)];
      await server.say(bob, conversation, "before");
      await server.kill();
      for (const tab of tabs) await until(() => tab.evaluate(() => window.client.connection.snapshot().state !== "connected"), "the tab notices");
      await server.start();
      for (const tab of tabs) await connected(tab);
      await server.say(bob, conversation, "after");
      for (const tab of tabs) await shows(tab, ["before", "after"]);
      assert.equal(await connections(), 1);
    });
  });
}

test("an elected tab that crashes is replaced", async () => {
  const [first, second] = [await open("elected"), await open("elected")];
  const crashed = first.waitForEvent("crash");
  const session = await context.newCDPSession(first);
  session.send("Page.crash").catch(() => undefined);
  await crashed;
  await server.say(bob, conversation, "after the crash");
  await shows(second, ["after the crash"]);
  await untilEqual(connections, 1, "one connection again");
});

test("an elected tab that hangs is replaced", async () => {
  const first = await open("elected");
  void first.evaluate((ms) => {
    for (const end = Date.now() + ms; Date.now() < end;);
  }, HANGS_MS);
  const second = await open("elected");
  await server.say(bob, conversation, "meanwhile");
  await shows(second, ["meanwhile"]);
  await shows(first, ["meanwhile"]);
  await untilEqual(connections, 1, "one connection again");
});

test("where the worker's script cannot be had the tabs share without it", async () => {
  const tabs = [await open("./missing.js"), await open("./missing.js")];
  await server.say(bob, conversation, "hello");
  for (const tab of tabs) await shows(tab, ["hello"]);
  assert.equal(await connections(), 1);
});

test("tabs that do not want to share have their own connections", async () => {
  await open("own");
  await open("own");
  assert.equal(await connections(), 2);
});
