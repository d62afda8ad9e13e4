// When a field's text counts, by a clock that the test turns.
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useTyped } from "./useTyped";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe("useTyped", () => {
  it("tells the text once, when typing has paused, also if the page is drawn again meanwhile", () => {
    const settled = vi.fn();
    const { result, rerender } = renderHook(() => useTyped("", (text) => settled(text)));
    for (const text of ["p", "pu", "pub "]) {
      act(() => result.current[1](text));
      vi.advanceTimersByTime(200);
      rerender();
    }
    expect(settled).not.toHaveBeenCalled();
    vi.advanceTimersByTime(50);
    expect(settled.mock.calls).toEqual([["pub"]]);
  });

  it("tells nothing that is known already, and nothing after it has gone", () => {
    const settled = vi.fn();
    const { result, unmount } = renderHook(() => useTyped("known", settled));
    act(() => result.current[1](" known "));
    vi.advanceTimersByTime(1000);
    act(() => result.current[1]("other"));
    unmount();
    vi.advanceTimersByTime(1000);
    expect(settled).not.toHaveBeenCalled();
  });
});
