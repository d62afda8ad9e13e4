// The bounds of a feed and its pause, by a clock that the test turns.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BATCH_MS, Feed, MOST_ROWS } from "./feed";

const values = <T,>(feed: Feed<T>) => feed.snapshot().rows.map(({ value }) => value);
const tick = () => vi.advanceTimersByTime(BATCH_MS);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("Feed", () => {
  it("shows what came together at once, the newest first", () => {
    const feed = new Feed<number>();
    const told = vi.fn();
    feed.subscribe(told);
    for (const value of [1, 2, 3]) feed.add(value);
    expect(told).not.toHaveBeenCalled();
    tick();
    expect(values(feed)).toEqual([3, 2, 1]);
    expect(told).toHaveBeenCalledOnce();
  });

  it("keeps the newest rows only, with keys that stay", () => {
    const feed = new Feed<number>();
    feed.add(0);
    tick();
    for (let value = 1; value <= MOST_ROWS + 10; value += 1) feed.add(value);
    tick();
    expect(values(feed)).toHaveLength(MOST_ROWS);
    expect(values(feed)[0]).toBe(MOST_ROWS + 10);
    expect(feed.snapshot().rows[0]?.key).toBe(MOST_ROWS + 11);
  });

  it("holds back while it is paused, bounded, and counts everything", () => {
    const feed = new Feed<string>();
    feed.add("before");
    feed.pause();
    expect(values(feed)).toEqual(["before"]);
    for (let count = 0; count < MOST_ROWS + 5; count += 1) feed.add("held");
    tick();
    expect(feed.snapshot()).toMatchObject({ paused: true, held: MOST_ROWS + 5 });
    expect(values(feed)).toEqual(["before"]);
    feed.resume();
    expect(feed.snapshot()).toMatchObject({ paused: false, held: 0 });
    expect(values(feed)).toHaveLength(MOST_ROWS);
  });

  it("forgets what is shown and what is held when it is cleared", () => {
    const feed = new Feed<string>();
    feed.add("shown");
    feed.pause();
    feed.add("held");
    feed.clear();
    feed.resume();
    expect(values(feed)).toEqual([]);
  });
});
