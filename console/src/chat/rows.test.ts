// How messages become rows: groups, days, the unread line. Drawing them is left to the browser tests.

import { describe, expect, it } from "vitest";
import { view } from "./fixtures";
import { buildRows, shownRows, startIndex } from "./rows";

const heads = (rows: ReturnType<typeof buildRows>) => rows.map((row) => row.head);

describe("grouping", () => {
  it("groups one person's messages that follow each other closely", () => {
    const rows = buildRows([view(1), view(2), view(3, { sender_id: "me" }), view(4)], null, "me");
    expect(heads(rows)).toEqual([true, false, true, true]);
    expect(rows.map((row) => row.tail)).toEqual([false, true, true, true]);
  });

  it("starts anew after a pause, a reply, a thread note and a deleted message", () => {
    const pause = view(2, { created_at: new Date(2026, 10, 21, 9, 30).toISOString() });
    expect(heads(buildRows([view(1), pause], null, "me"))).toEqual([true, true]);
    expect(heads(buildRows([view(1), view(2, { reply_to: "m1" })], null, "me"))).toEqual([true, true]);
    expect(heads(buildRows([view(1), view(2, { thread_id: "m1" }), view(3)], null, "me"))).toEqual([true, true, true]);
    expect(heads(buildRows([view(1, { deleted: true }), view(2)], null, "me"))).toEqual([true, true]);
  });
});

describe("day separators", () => {
  it("stand above the first message of each day", () => {
    const late = view(1, { created_at: new Date(2026, 10, 20, 23, 59).toISOString() });
    const early = view(2, { created_at: new Date(2026, 10, 21, 0, 1).toISOString() });
    const rows = buildRows([late, early, view(3)], null, "me");
    expect(rows.map((row) => row.day !== null)).toEqual([true, true, false]);
    expect(rows[1]?.head).toBe(true);
  });
});

describe("the unread line", () => {
  it("stands once, above the first unread message of somebody else", () => {
    const rows = buildRows([view(1), view(2, { sender_id: "me" }), view(3), view(4)], 1, "me");
    expect(rows.map((row) => row.unread)).toEqual([false, false, true, false]);
  });

  it("is absent when nothing is unread, or when nobody asked", () => {
    expect(buildRows([view(1), view(2)], 2, "me").some((row) => row.unread)).toBe(false);
    expect(buildRows([view(1), view(2)], null, "me").some((row) => row.unread)).toBe(false);
  });
});

describe("what is shown", () => {
  const rows = buildRows([view(1), view(2), view(3)], null, "me");

  it("holds the oldest back until what is above it is known", () => {
    expect(shownRows(rows, true).map((row) => row.message.seq)).toEqual([2, 3]);
    expect(shownRows(rows, false)).toEqual(rows);
    expect(shownRows(rows.slice(0, 1), true)).toHaveLength(1);
  });

  it("does not change its look when older messages come in above", () => {
    const newer = [view(3), view(4), view(5, { sender_id: "me" })];
    const before = shownRows(buildRows(newer, null, "me"), true);
    const after = shownRows(buildRows([view(1), view(2), ...newer], null, "me"), true);
    expect(after.slice(-before.length)).toEqual(before);
  });

  it("begins where reading stopped", () => {
    const from = (readSeq: number | null, hasOlder: boolean) =>
      startIndex(shownRows(buildRows([view(4), view(5), view(6)], readSeq, "me"), hasOlder), readSeq);
    expect(from(null, true)).toBeNull();
    expect(from(6, true)).toBeNull();
    expect(from(5, true)).toBe(1);
    expect(from(1, true)).toBe(0);
  });
});

it("keys rows by message, so that prepending changes no key", () => {
  const newer = [view(5), view(6)];
  const before = buildRows(newer, null, "me").map((row) => row.message.key);
  const after = buildRows([view(3), view(4), ...newer], null, "me").map((row) => row.message.key);
  expect(after.slice(2)).toEqual(before);
});
