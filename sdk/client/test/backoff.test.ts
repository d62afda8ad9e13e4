import { expect, it } from "vitest";
import { advisedDelay, backoff, DEFAULT_BACKOFF_MS } from "../src/connection/backoff";

/** mulberry32: the same numbers every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

it("has the steps 1, 2, 4, 8, 16, 30 s as upper bounds, and the last one ever after", () => {
  const upper = [1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => backoff(attempt, DEFAULT_BACKOFF_MS, () => 1));
  expect(upper).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

it("spreads evenly over the whole step (full jitter)", () => {
  const random = seeded(7);
  const delays = Array.from({ length: 2000 }, () => backoff(4, DEFAULT_BACKOFF_MS, random));
  expect(Math.min(...delays)).toBeLessThan(100);
  expect(Math.max(...delays)).toBeGreaterThan(7900);
  expect(delays.reduce((sum, delay) => sum + delay, 0) / delays.length).toBeCloseTo(4000, -3);
  for (let quarter = 0; quarter < 4; quarter++) {
    const share = delays.filter((delay) => Math.floor(delay / 2000) === quarter).length;
    expect(share).toBeGreaterThan(400);
  }
});

it("gives the same delays for the same seed", () => {
  const delays = (seed: number): number[] => [1, 2, 3, 4, 5].map((attempt) => backoff(attempt, DEFAULT_BACKOFF_MS, seeded(seed)));
  expect(delays(1)).toEqual(delays(1));
  expect(delays(1)).not.toEqual(delays(2));
});

it("finds the server's advice in the reason of a close frame, and bounds it", () => {
  expect(advisedDelay("server draining; retry_after_ms=1840")).toBe(1840);
  expect(advisedDelay("going away; retry_after_ms=999999999")).toBe(60_000);
  for (const reason of ["", "server draining", "retry_after_ms=", "retry_after_ms=-5", "retry_after_ms=x"]) {
    expect(advisedDelay(reason)).toBeNull();
  }
});
