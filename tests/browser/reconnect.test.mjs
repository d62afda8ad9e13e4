// The connection goes and comes back: nothing is lost, nothing is doubled, nobody has to do anything.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scene } from "./support/scene.mjs";
import { until, untilEqual } from "./support/wait.mjs";

const stage = scene();
/** The SDK waits longer after each attempt that failed. */
const COMING_BACK_MS = 45_000;

async function untilNotConnected(window) {
  const state = () => window.at("connection-state").getAttribute("data-state");
  await until(async () => (await state()) !== "connected", "the window notices");
}

test("a message written offline is sent once when the network is back", async () => {
  const { one, other } = await stage.pair();
  await one.context.setOffline(true);
  await untilNotConnected(one);
  await one.send("written offline");
  await one.sees("written offline", "sending");
  await other.send("meanwhile");
  await other.sees("meanwhile", "sent");
  await one.context.setOffline(false);
  await one.connected(COMING_BACK_MS);
  const all = ["first words", "meanwhile", "written offline"];
  for (const window of [one, other]) {
    await window.sees("written offline", "sent");
    await untilEqual(() => window.texts(all), all, "everything once, in the server's order");
  }
  assert.deepEqual(await one.rows(), await other.rows());
});

test("the server is killed and comes back: both windows recover by themselves", async () => {
  const { one, other } = await stage.pair();
  await one.send("before");
  await other.sees("before", "sent");
  await stage.server.kill();
  for (const window of [one, other]) await untilNotConnected(window);
  await one.send("from one, while down");
  await other.send("from the other, while down");
  await one.sees("from one, while down", "sending");
  await stage.server.start();
  for (const window of [one, other]) await window.connected(COMING_BACK_MS);
  const all = ["first words", "before", "from one, while down", "from the other, while down"];
  for (const window of [one, other]) {
    for (const text of all) await window.sees(text, "sent");
    await untilEqual(async () => (await window.texts(all)).length, all.length, "everything once");
  }
  assert.deepEqual(await one.rows(), await other.rows());
  assert.deepEqual((await one.rows()).map(({ seq }) => seq), [1, 2, 3, 4]);
  await one.send("and on");
  await other.sees("and on", "sent");
});

test("a burst is sent while the server is killed in the middle of it", async () => {
  const { one, other } = await stage.pair();
  const burst = Array.from({ length: 12 }, (_, number) => `burst ${String(number).padStart(2, "0")}`);
  for (const [number, text] of burst.entries()) {
    await one.send(text);
    if (number === 5) await stage.server.kill();
  }
  await stage.server.start();
  await one.connected(COMING_BACK_MS);
  await other.connected(COMING_BACK_MS);
  for (const window of [one, other]) {
    await window.sees(burst.at(-1), "sent");
    await untilEqual(() => window.texts(burst), burst, "every message once, in order");
  }
});
