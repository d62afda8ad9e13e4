// Everything that matters, without a mouse.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scene } from "./support/scene.mjs";
import { until, untilEqual } from "./support/wait.mjs";

const stage = scene();
const MOST_STOPS = 30;

function focused(page) {
  return page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? null);
}

/** Presses Tab until the focus is there. */
async function tabTo(page, testId, key = "Tab") {
  const path = [];
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    if ((await focused(page)) === testId) return;
    await page.keyboard.press(key);
    path.push(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 80)));
  }
  assert.fail(`${testId} is not reached by ${key}: ${path.join("\n")}`);
}

async function signInByKeyboard(name) {
  const window = await stage.open();
  await window.at("sign-in-name").waitFor();
  await untilEqual(() => focused(window.page), "sign-in-name", "the name has the focus");
  await window.page.keyboard.type(name);
  await window.page.keyboard.press("Enter");
  await window.connected();
  return window;
}

test("sign in, open a conversation, send", async () => {
  const bob = await stage.server.person(stage.name("Bob"));
  const name = stage.name("Alice");
  const alice = await stage.server.person(name);
  const conversation = await stage.server.direct(bob, alice);
  await stage.server.say(bob, conversation, "are you there?");

  const window = await signInByKeyboard(name);
  await window.item(bob.name).waitFor();
  await tabTo(window.page, "conversation-item");
  await window.page.keyboard.press("Enter");
  await window.sees("are you there?");
  await tabTo(window.page, "composer");
  await window.page.keyboard.type("yes");
  await window.page.keyboard.press("Enter");
  await window.sees("yes", "sent");
  const page = await stage.server.call("GET", `/conversations/${conversation.id}/messages`, { token: bob.token });
  assert.equal(page.messages[0].message, "yes");
});

test("find somebody and start a conversation", async () => {
  const bob = await stage.server.person(stage.name("Bob"));
  const window = await signInByKeyboard(stage.name("Alice"));
  await tabTo(window.page, "new-conversation");
  await window.page.keyboard.press("Enter");
  await untilEqual(() => focused(window.page), "person-search", "the search has the focus");
  await window.page.keyboard.type(bob.name);
  await untilEqual(() => window.at("person-option").count(), 1, "one is found");
  await window.page.keyboard.press("Enter");
  await untilEqual(() => window.at("person-option").getAttribute("aria-selected"), "true", "and chosen");
  await tabTo(window.page, "create-conversation");
  await window.page.keyboard.press("Enter");
  await window.at("composer").waitFor();
  await tabTo(window.page, "composer");
  await window.page.keyboard.type("hello");
  await window.page.keyboard.press("Enter");
  await window.sees("hello", "sent");
});

test("a dialog keeps the focus, and Escape gives it back", async () => {
  const window = await signInByKeyboard(stage.name("Alice"));
  await tabTo(window.page, "new-conversation");
  await window.page.keyboard.press("Enter");
  await window.at("person-search").waitFor();
  for (let stop = 0; stop < 8; stop++) {
    await window.page.keyboard.press("Tab");
    assert.ok(await window.page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null));
  }
  await window.page.keyboard.press("Escape");
  await untilEqual(() => focused(window.page), "new-conversation", "the focus is back where it was");
});

test("edit the last message and delete it", async () => {
  const { one, other } = await stage.pair();
  await tabTo(one.page, "composer");
  await one.page.keyboard.press("ArrowUp");
  await untilEqual(() => focused(one.page), "edit-message", "the last message is being edited");
  await one.page.keyboard.type(", and more");
  await one.page.keyboard.press("Enter");
  await other.sees("first words, and more");
  await tabTo(one.page, "message", "Shift+Tab");
  await one.page.keyboard.press("Delete");
  const dialog = one.page.getByRole("dialog");
  await dialog.waitFor();
  await until(() => one.page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null), "focus in the dialog");
  for (let stop = 0; stop < 5; stop++) {
    if (await one.page.evaluate(() => document.activeElement?.textContent === "Delete")) break;
    await one.page.keyboard.press("Tab");
  }
  await one.page.keyboard.press("Enter");
  await other.sees("This message was deleted.");
});
