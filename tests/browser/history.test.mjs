// A long conversation: scrolling back through all of it, without holes, repeats, or jumps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scene } from "./support/scene.mjs";
import { until } from "./support/wait.mjs";

const stage = scene();
/** Frames that one request may carry. */
const BATCH = 100;
/** Messages on the screen and just beyond it, however long the conversation. */
const MOST_ROWS = 150;
/** A row that is measured for the first time while it comes in may move what is below it by less than a line. */
const TOLERANCE = 12;

/** Texts of one to five lines, so that rows differ in height. */
function text(number) {
  return `message ${number}` + "\nand a further line".repeat(number % 5);
}

/** What is on the screen once the scroller is at rest: seq and top edge of each row. */
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

/** Bob has said this much to Alice, and she has read it; her window has it open. */
async function conversationOf(count, options) {
  const bob = await stage.server.person(stage.name("Bob"));
  const alice = await stage.server.person(stage.name("Alice"));
  const conversation = await stage.server.direct(bob, alice);
  for (let said = 0; said < count; said += BATCH) {
    const frame = (_, number) => ({ type: "message", conversation_id: conversation.id, message: text(said + number + 1) });
    const body = Array.from({ length: Math.min(BATCH, count - said) }, frame);
    const replies = await stage.server.call("POST", "/commands", { token: bob.token, body });
    assert.deepEqual(replies.map(({ message }) => message?.seq), body.map((_, number) => said + number + 1));
  }
  await stage.server.call("POST", `/conversations/${conversation.id}/read`, { token: alice.token, body: {} });
  const window = await stage.signIn(alice.name, options);
  await window.openConversation(bob.name);
  await window.message(`message ${count}`).last().waitFor();
  await window.page.mouse.move(800, 400);
  return { bob, conversation, window };
}

/** Scrolls to the first message, step by step, and checks what is on the way; returns which messages were seen, and what jumped. */
async function readBack(page, step, mostSteps) {
  const seen = new Set();
  const jumps = [];
  let before = await look(page);
  for (let steps = 0; ; steps++) {
    for (const { seq } of before.visible) seen.add(seq);
    if (seen.has(1)) return { seen, jumps };
    assert.ok(steps < mostSteps, `the beginning was not reached; ${seen.size} messages were seen`);
    const order = before.rows.map(({ seq }) => seq);
    assert.deepEqual(order, [...new Set(order)].sort((one, other) => one - other), "in order, once");
    assert.ok(order.length <= MOST_ROWS, `${order.length} messages in the page after ${seen.size}`);
    const after = await scrolled(page, step, before);
    for (const { seq, top } of before.visible) {
      const there = after.rows.find((row) => row.seq === seq);
      const moved = there === undefined ? 0 : there.top - top;
      if (moved < -TOLERANCE || moved > step + TOLERANCE) jumps.push({ seq, moved });
    }
    assert.ok(after.rows.some(({ seq }) => seq >= before.visible[0].seq - 1), "nothing is skipped");
    before = after;
  }
}

/** What is on the screen after a turn of the wheel, when what it asked for is there. */
async function scrolled(page, step, before) {
  await page.mouse.wheel(0, -step);
  return until(async () => {
    const now = await look(page);
    const moved = now.visible[0]?.seq !== before.visible[0]?.seq || now.visible[0]?.top !== before.visible[0]?.top;
    return moved && !now.busy ? now : null;
  }, `the timeline moves from message ${before.visible[0]?.seq}`);
}

// A tall window needs fewer steps for ten thousand; each step is shorter than what is seen.
for (const { count, height, step, mostSteps } of [
  { count: 500, height: 800, step: 400, mostSteps: 200 },
  { count: 10_000, height: 2400, step: 2000, mostSteps: 600 },
]) {
  test(`all of ${count} messages are seen once, in order, without a jump, and few are in the page at once`, async () => {
    const { window } = await conversationOf(count, { viewport: { width: 1200, height } });
    assert.equal((await look(window.page)).visible.at(-1).seq, count, "it opens at the end");
    const { seen, jumps } = await readBack(window.page, step, mostSteps);
    assert.deepEqual(jumps, [], "rows moved by no more than the wheel");
    assert.deepEqual([...seen].sort((one, other) => one - other), Array.from({ length: count }, (_, n) => n + 1));
  });
}

test("what comes in while reading further up does not move the page", async () => {
  const { bob, conversation, window } = await conversationOf(60);
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
