// A long conversation: scrolling back through all of it, without holes, repeats, or jumps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scene } from "./support/scene.mjs";
import { until } from "./support/wait.mjs";

const stage = scene();
const COUNT = 500;
const STEP = 400;
/** A row that is measured for the first time while it comes in may move what is below it by less than a line. */
const TOLERANCE = 12;

/** Texts of one to five lines, so that rows differ in height. */
function text(number) {
  return `message ${number}` + "\nand a further line".repeat(number % 5);
}

/** What is on the screen: seq and top edge of each row, and whether the scroller is at rest. */
function look(page) {
  return page.getByRole("log", { name: "Messages" }).evaluate(async (log) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    let still = 0;
    for (let last = log.scrollTop; still < 6; still = log.scrollTop === last ? still + 1 : 0, last = log.scrollTop) {
      await frame();
    }
    const box = log.getBoundingClientRect();
    const rows = [...log.querySelectorAll("[data-testid=message]")]
      .map((row) => ({ seq: Number(row.dataset.seq), top: row.getBoundingClientRect().top - box.top, height: row.getBoundingClientRect().height }))
      .sort((one, other) => one.top - other.top);
    return { rows, visible: rows.filter(({ top, height }) => top + height > 0 && top < box.height), top: log.scrollTop, busy: log.ariaBusy === "true" };
  });
}

test("all of 500 messages are seen once, in order, without a jump", async () => {
  const bob = await stage.server.person(stage.name("Bob"));
  const name = stage.name("Alice");
  const alice = await stage.server.person(name);
  const conversation = await stage.server.direct(bob, alice);
  for (let number = 1; number <= COUNT; number++) await stage.server.say(bob, conversation, text(number));
  await stage.server.call("POST", `/conversations/${conversation.id}/read`, { token: alice.token, body: {} });

  const window = await stage.signIn(name);
  await window.openConversation(bob.name);
  await window.sees(`message ${COUNT}`);
  const seen = new Set();
  const jumps = [];
  let before = await look(window.page);
  assert.equal(before.visible.at(-1).seq, COUNT, "it opens at the end");
  await window.page.mouse.move(800, 400);
  for (let step = 0; !seen.has(1); step++) {
    assert.ok(step < 200, `the beginning was not reached; ${seen.size} messages were seen`);
    for (const { seq } of before.visible) seen.add(seq);
    const order = before.rows.map(({ seq }) => seq);
    assert.deepEqual(order, order.toSorted((one, other) => one - other).filter((seq, n, all) => seq !== all[n - 1]), "in order, once");
    await window.page.mouse.wheel(0, -STEP);
    const after = await until(async () => {
      const now = await look(window.page);
      const moved = now.visible[0]?.seq !== before.visible[0]?.seq || now.visible[0]?.top !== before.visible[0]?.top;
      return moved && !now.busy ? now : null;
    }, `the timeline moves from message ${before.visible[0]?.seq}`);
    for (const { seq, top } of before.visible) {
      const there = after.rows.find((row) => row.seq === seq);
      if (!there) continue;
      const moved = there.top - top;
      if (moved < -TOLERANCE || moved > STEP + TOLERANCE) jumps.push({ seq, moved });
    }
    assert.ok(after.rows.some(({ seq }) => seq >= before.visible[0].seq - 1), "nothing is skipped");
    before = after;
    for (const { seq } of before.visible) seen.add(seq);
  }
  assert.deepEqual(jumps, [], "rows moved by no more than the wheel");
  assert.deepEqual([...seen].toSorted((one, other) => one - other), Array.from({ length: COUNT }, (_, n) => n + 1));
});

test("what comes in while reading further up does not move the page", async () => {
  const bob = await stage.server.person(stage.name("Bob"));
  const name = stage.name("Alice");
  const alice = await stage.server.person(name);
  const conversation = await stage.server.direct(bob, alice);
  for (let number = 1; number <= 60; number++) await stage.server.say(bob, conversation, text(number));
  await stage.server.call("POST", `/conversations/${conversation.id}/read`, { token: alice.token, body: {} });
  const window = await stage.signIn(name);
  await window.openConversation(bob.name);
  await window.sees("message 60");
  await window.page.mouse.move(800, 400);
  await window.page.mouse.wheel(0, -900);
  await window.at("jump-to-end").waitFor();
  const before = await look(window.page);
  await stage.server.say(bob, conversation, "news");
  await until(async () => /1 new message/.test(await window.at("jump-to-end").innerText()), "the button counts it");
  const after = await look(window.page);
  for (const { seq, top } of before.visible) {
    const now = after.rows.find((row) => row.seq === seq);
    assert.ok(Math.abs(now.top - top) <= 1, `message ${seq} moved by ${now.top - top}`);
  }
  await window.at("jump-to-end").click();
  await window.sees("news", "sent");
});
