// The number beside a conversation: it counts what has not been seen, and goes when it has.
import { test } from "node:test";
import { scene } from "./support/scene.mjs";
import { until, untilEqual } from "./support/wait.mjs";

const stage = scene();

/** The number in the badge of a conversation; 0 when there is none. */
function badge(window, name) {
  return async () => {
    const [text] = await window.item(name).getByTestId("unread-badge").allInnerTexts();
    return text === undefined ? 0 : Number.parseInt(text, 10);
  };
}

test("it counts while the conversation is closed, and clears when it is opened", async () => {
  const { alice, bob, one, other } = await stage.pair();
  await other.page.goto(stage.server.url);
  await other.connected();
  for (const number of [1, 2, 3]) {
    await one.send(`unread ${number}`);
    await untilEqual(badge(other, alice), number, "the badge counts");
  }
  await until(async () => /^\(3\)/.test(await other.page.title()), "the title counts");
  await other.openConversation(alice);
  await other.sees("unread 3");
  await untilEqual(badge(other, alice), 0, "the badge clears");
  await until(async () => /^Tutti/.test(await other.page.title()), "the title clears");
  await other.page.reload();
  await other.connected();
  await other.sees("unread 3");
  await untilEqual(badge(other, alice), 0, "it stays cleared");
  await untilEqual(badge(one, bob), 0, "own messages count for nobody");
});

test("reading in one window clears the badge in another window of the same person", async () => {
  const { alice, bob, one, other } = await stage.pair();
  const second = await stage.signIn(bob);
  await other.page.goto(stage.server.url);
  await other.connected();
  await one.send("for both windows");
  await untilEqual(badge(other, alice), 1, "the first window counts");
  await untilEqual(badge(second, alice), 1, "the second window counts");
  await second.openConversation(alice);
  await untilEqual(badge(other, alice), 0, "the first window clears too");
});

test("a message in the conversation that is open is read at once", async () => {
  const { alice, one, other } = await stage.pair();
  await one.send("in plain sight");
  await other.sees("in plain sight");
  await untilEqual(badge(other, alice), 0, "no badge stays");
  await until(async () => /Seen by Bob/.test(await one.message("in plain sight").innerText()), "it is seen");
});
