// Frames by POST: in order, together where they can, and never without a bound.

import { describe, expect, it } from "vitest";
import { CommandPost, MOST_IN_POST, MOST_POST_BYTES, MOST_WAITING } from "../src/connection/command-post";
import { TuttiError } from "../src/errors";
import { settle } from "../../testing/src/manual-clock";

function world() {
  const bodies: number[][] = [];
  const answers: (() => void)[] = [];
  const [replies, failures]: [object[], TuttiError[]] = [[], []];
  const outbox = new CommandPost({
    post: (body) => {
      const frames = JSON.parse(body) as { n: number }[];
      bodies.push(frames.map((frame) => frame.n));
      return new Promise((resolve) => answers.push(() => resolve(frames)));
    },
    reply: (frame) => void replies.push(frame),
    failed: (error) => void failures.push(error),
  });
  const send = (n: number, size = 1): void => outbox.send({ text: JSON.stringify({ n, text: "x".repeat(size) }), ref: n });
  return { bodies, answers, replies, failures, outbox, send };
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("the order", () => {
  it("sends together what was sent in one moment, and the rest when that is answered", async () => {
    const { bodies, answers, replies, send } = world();
    for (const n of [1, 2, 3]) send(n);
    await settle();
    for (const n of [4, 5]) send(n);
    await settle();
    expect(bodies).toEqual([[1, 2, 3]]);
    answers[0]?.();
    await settle();
    expect(bodies).toEqual([[1, 2, 3], [4, 5]]);
    expect(replies).toHaveLength(3);
  });
});

describe("the bounds", () => {
  it("sends at most 100 frames together", async () => {
    const { bodies, answers, send } = world();
    for (const n of range(1, MOST_IN_POST + 20)) send(n);
    await settle();
    answers[0]?.();
    await settle();
    expect(bodies).toEqual([range(1, MOST_IN_POST), range(MOST_IN_POST + 1, MOST_IN_POST + 20)]);
  });

  it("sends no more bytes together than a body may have, and a long frame alone", async () => {
    const { bodies, answers, send } = world();
    for (const [n, size] of [[1, 100], [2, MOST_POST_BYTES / 2], [3, MOST_POST_BYTES / 2], [4, 2 * MOST_POST_BYTES], [5, 1]] as const) send(n, size);
    for (let round = 0; round < 4; round++) {
      await settle();
      answers[round]?.();
    }
    expect(bodies).toEqual([[1, 2], [3], [4], [5]]);
  });

  it("refuses what is too much to wait", async () => {
    const { replies, send, outbox } = world();
    for (const n of range(1, MOST_WAITING + 1)) send(n);
    expect(replies).toEqual([{ type: "error", ref: MOST_WAITING + 1, code: "unavailable", message: expect.any(String) as string, retryable: true }]);
    expect(outbox.busy).toBe(true);
  });
});

it("tells nothing after it was stopped", async () => {
  const { answers, replies, send, outbox, bodies } = world();
  send(1);
  await settle();
  send(2);
  outbox.stop();
  answers[0]?.();
  await settle();
  expect([replies, bodies]).toEqual([[], [[1]]]);
});
