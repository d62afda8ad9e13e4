// Tokens of a few seconds in a page: renewed beside the talk without the connection going away, and what becomes of a page
// whose application gives no more of them.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { beforeEach, test } from "node:test";
import { alice, bob, context, conversation, server, setUp, site } from "./support/talk.mjs";
import { until, untilEqual } from "./support/wait.mjs";

const SECRET = "a secret that only these tests know and no server has";
const LIFE_SECONDS = 6;

/** What the page's application answers when it is asked for a token, and what it has given out. */
let application;

setUp({ TUTTI_AUTH__SECRETS: SECRET });
beforeEach(async () => {
  application = { asked: 0, issued: [], refuses: false };
  await context.exposeFunction("askForToken", () => {
    application.asked++;
    if (application.refuses) throw new Error("the application is down");
    return issue();
  });
});

/** A fresh token of Alice's, signed as an application does it. */
function issue() {
  const expires = Math.ceil(Date.now() / 1000) + LIFE_SECONDS;
  const part = (content) => Buffer.from(JSON.stringify(content)).toString("base64url");
  const content = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: alice.id, name: alice.name, exp: expires })}`;
  application.issued.push(expires);
  return `${content}.${createHmac("sha256", SECRET).update(content).digest("base64url")}`;
}

/** A page in which Alice has the conversation before her, and every state of the connection is noted. */
async function chat() {
  const page = await context.newPage();
  await site.openBlank(page);
  await page.evaluate(async ({ url, id }) => {
    window.client = window.tutti.createClient({ url, token: () => window.askForToken(), backoffMs: [100], log: "silent" });
    window.states = [];
    window.client.connection.subscribe(() => window.states.push(window.client.connection.snapshot().state));
    window.welcomes = 0;
    window.client.on("welcome", () => window.welcomes++);
    window.room = window.client.conversation(id);
    window.client.connect();
    await window.room.load();
  }, { url: server.url, id: conversation.id });
  await untilEqual(async () => (await connection(page)).state, "connected", "the connection");
  return page;
}

const connection = (page) => page.evaluate(() => window.client.connection.snapshot());
const shown = (page) => page.evaluate(() => window.room.snapshot().messages.map(({ message, delivery }) => `${message}: ${delivery}`));
const send = (page, message) => page.evaluate(async (text) => void (await window.room.send({ message: text })), message);
const expired = (expires) => Date.now() > (expires + 1) * 1000;

test("a token of a few seconds is renewed again and again, and the connection stays", async () => {
  const page = await chat();
  const said = [];
  for (let number = 1; number <= 2; number++) {
    const [token] = application.issued.slice(-1);
    await until(() => expired(token), "the token that was in use has expired");
    await server.say(bob, conversation, `from Bob ${number}`);
    said.push(`from Bob ${number}: sent`);
    await untilEqual(() => shown(page), said, "Bob's message");
    await send(page, `from Alice ${number}`);
    said.push(`from Alice ${number}: sent`);
  }
  await untilEqual(() => shown(page), said, "the whole talk, once");
  assert.ok(application.issued.length >= 3, `${application.issued.length} tokens were issued`);
  assert.equal(await page.evaluate(() => window.welcomes), 1, "one connection carried all of it");
  assert.deepEqual(await page.evaluate(() => [...new Set(window.states.slice(window.states.indexOf("connected")))]), ["connected"]);
});

test("when no fresh token can be had the page gives up after its attempts, says so, and goes on when asked to", async () => {
  const page = await chat();
  application.refuses = true;
  const held = application.issued.length;
  await until(async () => (await connection(page)).final, "it gives up", 30_000);
  const { state, problem } = await connection(page);
  assert.equal(state, "disconnected");
  assert.ok(problem, "it says why");
  assert.equal(application.issued.length, held);
  const asked = application.asked;
  await server.say(bob, conversation, "meanwhile");
  assert.equal(application.asked, asked, "it asks for no token any more");

  application.refuses = false;
  await page.evaluate(() => window.client.reconnect());
  await untilEqual(async () => (await connection(page)).state, "connected", "the connection is back");
  await send(page, "back again");
  await untilEqual(() => shown(page), ["meanwhile: sent", "back again: sent"], "what was missed, and what was sent");
});
