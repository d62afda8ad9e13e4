// The main flow of the console in Firefox: two people talk, what is unread is counted, and a killed server is survived.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../browser/support/server.mjs";
import { until, untilEqual } from "../browser/support/wait.mjs";
import { firefox } from "./support/firefox.mjs";
import { Window } from "./support/window.mjs";

const stage = firefox();
let server;
let count = 0;

before(async () => {
  server = await Server.start();
});
after(() => server?.stop());

async function signIn(name) {
  const person = await stage.person();
  return Window.signedIn(await person.tab(), server.url, name);
}

/** Two people with their conversation open in both windows. */
async function pair() {
  const [alice, bob] = [`Alice ${++count}`, `Bob ${count}`];
  const [one, other] = [await signIn(alice), await signIn(bob)];
  await one.startConversation(bob);
  await one.send("first words");
  await one.sees("first words");
  await other.openConversation(alice);
  await other.sees("first words");
  return { alice, bob, one, other };
}

test("two people talk, and see that it was read", async () => {
  const { bob, one, other } = await pair();
  await one.send("How are you?");
  await other.sees("How are you?");
  await other.send("Fine!");
  await one.sees("Fine!");
  await one.send("Good to hear");
  await other.page.bringToFront();
  await one.seenBy("Good to hear", bob);
  assert.deepEqual(await one.rows(), await other.rows());
  assert.deepEqual((await one.rows()).map(({ seq }) => seq), [1, 2, 3, 4]);
});

test("what is unread is counted, and no more when it was opened", async () => {
  const { alice, one, other } = await pair();
  await other.page.goto(server.url);
  await other.connected();
  for (const number of [1, 2, 3]) {
    await one.send(`unread ${number}`);
    await untilEqual(() => other.badges(), [number], "the badge counts");
  }
  await other.openConversation(alice);
  await other.sees("unread 3");
  await untilEqual(() => other.badges(), [], "the badge clears");
  assert.deepEqual(await one.badges(), []);
});

test("the server is killed and comes back: nothing is lost or doubled", async () => {
  const { one, other } = await pair();
  await server.kill();
  for (const window of [one, other]) await until(async () => (await window.connection()) !== "connected", "the window notices");
  await one.send("written while it was down");
  await server.start();
  for (const window of [one, other]) {
    await window.connected();
    await window.sees("written while it was down");
  }
  await other.send("and on");
  for (const window of [one, other]) await window.sees("and on");
  assert.deepEqual(await one.rows(), await other.rows());
});
