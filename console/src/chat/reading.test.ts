// Who has read up to where, in words. Positions themselves are the client's.

import { describe, expect, it } from "vitest";
import { view } from "./fixtures";
import { countNew, newestSeq, seenBy } from "./reading";
import { isAtEnd, wantsOlder } from "./scrolling";

describe("read marks", () => {
  it("names the others who have read up to a message", () => {
    const readers = { me: 9, ada: 4, grace: 3 };
    expect(seenBy(view(4, { sender_id: "me" }), readers)).toEqual(["ada"]);
    expect(seenBy(view(5, { sender_id: "me" }), readers)).toEqual([]);
  });

  it("says nothing of messages on their way", () => {
    expect(seenBy(view(0, { sender_id: "me", delivery: "sending" }), { ada: 9 })).toEqual([]);
  });
});

describe("counting what is new", () => {
  it("counts stored messages of others after a position", () => {
    const messages = [view(1), view(2), view(3, { sender_id: "me" }), view(4), view(5, { delivery: "sending" })];
    expect(countNew(messages, 1, "me")).toBe(2);
    expect(newestSeq(messages)).toBe(4);
    expect(newestSeq([])).toBe(0);
  });
});

describe("scrolling", () => {
  it("is at the end within a small distance of it", () => {
    expect(isAtEnd({ scrollTop: 960, scrollHeight: 1500, clientHeight: 500 })).toBe(true);
    expect(isAtEnd({ scrollTop: 900, scrollHeight: 1500, clientHeight: 500 })).toBe(false);
  });

  it("wants older messages near the top, and when the page is not full", () => {
    expect(wantsOlder({ scrollTop: 300, scrollHeight: 3000, clientHeight: 500 })).toBe(true);
    expect(wantsOlder({ scrollTop: 2000, scrollHeight: 3000, clientHeight: 500 })).toBe(false);
    expect(wantsOlder({ scrollTop: 0, scrollHeight: 400, clientHeight: 500 })).toBe(true);
  });
});
