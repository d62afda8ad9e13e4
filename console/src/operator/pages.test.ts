// How many pages are asked for, and when there is more.
import { describe, expect, it, vi } from "vitest";
import { firstPages, type LoadPage } from "./pages";

/** A list of three pages. */
const load = vi.fn<LoadPage<number>>(({ cursor = "0" }) => {
  const page = Number(cursor);
  return Promise.resolve({ items: [page * 2, page * 2 + 1], next_cursor: page < 2 ? String(page + 1) : null });
});

describe("firstPages", () => {
  it("goes on where the page before ended, so far as it was asked", async () => {
    expect(await firstPages(load, 2)).toEqual({ items: [0, 1, 2, 3], hasMore: true });
    expect(load.mock.calls.map(([page]) => page)).toEqual([{ limit: 100 }, { limit: 100, cursor: "1" }]);
  });

  it("stops at the last page", async () => {
    load.mockClear();
    expect(await firstPages(load, 9)).toEqual({ items: [0, 1, 2, 3, 4, 5], hasMore: false });
    expect(load).toHaveBeenCalledTimes(3);
  });
});
