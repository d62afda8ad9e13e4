// Asking again and again, by a clock that the test turns. What is asked is other tests' business.
import { TuttiError } from "@tutti/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Poll } from "./poll";

const EVERY_MS = 1000;
const stops: (() => void)[] = [];

function watch<T>(poll: Poll<T>): () => void {
  const stop = poll.subscribe(() => undefined);
  stops.push(stop);
  return stop;
}

function look(visibility: "visible" | "hidden") {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(visibility);
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("Poll", () => {
  it("asks only while somebody watches", async () => {
    const ask = vi.fn(() => Promise.resolve(ask.mock.calls.length));
    const poll = new Poll(ask, EVERY_MS);
    await vi.advanceTimersByTimeAsync(5 * EVERY_MS);
    expect(ask).not.toHaveBeenCalled();
    const stop = watch(poll);
    await vi.advanceTimersByTimeAsync(2 * EVERY_MS);
    expect(poll.snapshot()).toEqual({ value: 3, problem: null });
    stops.length = 0;
    stop();
    await vi.advanceTimersByTimeAsync(5 * EVERY_MS);
    expect(ask).toHaveBeenCalledTimes(3);
  });

  it("rests while the page is hidden, and asks at once when it is looked at again", async () => {
    const ask = vi.fn(() => Promise.resolve("answer"));
    watch(new Poll(ask, EVERY_MS));
    await vi.advanceTimersByTimeAsync(0);
    look("hidden");
    await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
    expect(ask).toHaveBeenCalledTimes(1);
    look("visible");
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it("keeps the last answer when a question fails, and goes on", async () => {
    const busy = new TuttiError("rate_limited", "too many", { retryAfterMs: 3000 });
    const ask = vi.fn<() => Promise<string>>().mockResolvedValueOnce("first").mockRejectedValueOnce(busy).mockResolvedValue("later");
    const poll = new Poll(ask, EVERY_MS);
    watch(poll);
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(poll.snapshot()).toEqual({ value: "first", problem: busy });
    await vi.advanceTimersByTimeAsync(2999);
    expect(ask).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(poll.snapshot()).toEqual({ value: "later", problem: null });
  });

  it("does not ask again for what is forbidden", async () => {
    const ask = vi.fn(() => Promise.reject(new TuttiError("forbidden", "no")));
    const poll = new Poll(ask, EVERY_MS);
    watch(poll);
    await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(poll.snapshot().problem?.code).toBe("forbidden");
  });

  it("drops the answer to an earlier question that comes late", async () => {
    const answers: ((value: string) => void)[] = [];
    const poll = new Poll(() => new Promise<string>((resolve) => answers.push(resolve)), EVERY_MS);
    watch(poll);
    void poll.refresh();
    answers[1]?.("new");
    answers[0]?.("old");
    await vi.advanceTimersByTimeAsync(0);
    expect(poll.snapshot().value).toBe("new");
  });
});
