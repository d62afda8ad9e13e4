// Two people in two windows: what one does, the other sees.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scene } from "./support/scene.mjs";
import { until, untilEqual } from "./support/wait.mjs";

const stage = scene();

test("a message and its answer, with typing seen before", async () => {
  const { one, other } = await stage.pair();
  await one.at("composer").pressSequentially("How are you?");
  await until(async () => /Alice is typing/.test(await other.at("typing").innerText()), "typing is seen");
  await one.at("composer").press("Enter");
  await other.sees("How are you?", "sent");
  await untilEqual(() => other.at("typing").innerText(), "", "typing ends with the message");
  await other.send("Fine!");
  await one.sees("Fine!", "sent");
  assert.deepEqual(await one.texts(["first words", "How are you?", "Fine!"]), ["first words", "How are you?", "Fine!"]);
  assert.deepEqual(await one.rows(), await other.rows());
});

test("typing ends by itself when nothing more is written", async () => {
  const { one, other } = await stage.pair();
  await one.at("composer").pressSequentially("hmm");
  await until(async () => /typing/.test(await other.at("typing").innerText()), "typing is seen");
  await untilEqual(() => other.at("typing").innerText(), "", "typing ends");
});

test("the sender sees that the message was read", async () => {
  const { alice, one, other } = await stage.pair();
  await other.page.goto(stage.server.url);
  await other.connected();
  await one.send("Did you get this?");
  await one.sees("Did you get this?", "sent");
  await untilEqual(() => other.at("unread-badge").count(), 1, "bob is told that there is something");
  assert.doesNotMatch(await one.message("Did you get this?").innerText(), /Seen by/);
  await other.openConversation(alice);
  await until(async () => /Seen by Bob/.test(await one.message("Did you get this?").innerText()), "the read mark");
});

test("a reaction comes and goes", async () => {
  const { one, other } = await stage.pair();
  const row = other.message("first words");
  await row.hover();
  await row.getByRole("button", { name: "Add a reaction" }).click();
  await other.page.getByRole("button", { name: "React with \u{1f44d}" }).click();
  const chip = one.message("first words").getByRole("list", { name: "Reactions" }).getByRole("button");
  await until(async () => /\u{1f44d}, 1: Bob/u.test((await chip.getAttribute("aria-label")) ?? ""), "the reaction is seen");
  await chip.click();
  await untilEqual(() => chip.getAttribute("aria-pressed"), "true", "the second reaction joins the first");
  const theirs = row.getByRole("list", { name: "Reactions" }).getByRole("button");
  await until(async () => /, 2: /.test(await theirs.getAttribute("aria-label")), "two have reacted");
  await theirs.click();
  await chip.click();
  await untilEqual(() => chip.count(), 0, "no reaction is left");
  await untilEqual(() => theirs.count(), 0, "no reaction is left on the other side");
});

test("an edit is seen, and that it is one", async () => {
  const { one, other } = await stage.pair();
  await one.message("first words").hover();
  await one.message("first words").getByRole("button", { name: "More" }).click();
  await one.page.getByRole("menuitem", { name: "Edit" }).click();
  await one.at("edit-message").fill("better words");
  await one.at("edit-message").press("Enter");
  await one.sees("better words");
  await other.sees("better words");
  await until(async () => /edited/.test(await other.message("better words").innerText()), "the mark of an edit");
  assert.equal(await other.message("first words").count(), 0);
});

test("a deletion leaves the place and takes the words", async () => {
  const { one, other } = await stage.pair();
  await one.message("first words").hover();
  await one.message("first words").getByRole("button", { name: "More" }).click();
  await one.page.getByRole("menuitem", { name: "Delete" }).click();
  await one.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  for (const window of [one, other]) {
    await window.sees("This message was deleted.");
    assert.equal(await window.message("first words").count(), 0);
  }
});

test("text is shown as text", async () => {
  const { one, other } = await stage.pair();
  const text = `<img src=x onerror="document.title='owned'"><b>bold</b>`;
  await one.send(text);
  await other.sees(text);
  assert.equal(await other.message(text).locator("img[src=x], b").count(), 0);
  assert.doesNotMatch(await other.page.title(), /owned/);
});

test("a reload stays signed in and shows everything once", async () => {
  const { one, other } = await stage.pair();
  const said = ["one", "two", "three"];
  for (const text of said) {
    await one.send(text);
    await other.sees(text, "sent");
  }
  const before = await other.rows();
  await other.page.reload();
  await other.connected();
  await other.sees("three", "sent");
  await untilEqual(() => other.rows(), before, "the same messages");
  await other.send("after the reload");
  await one.sees("after the reload", "sent");
});
