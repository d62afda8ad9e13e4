// Days and times as people say them, by the local calendar.

import { describe, expect, it } from "vitest";
import { dayName, dayOf, lastSeen, listTime } from "./time";

const now = new Date(2026, 10, 21, 12, 0).getTime();
const at = (day: number, hour: number) => new Date(2026, 10, day, hour, 30).toISOString();

describe("days", () => {
  it("puts the two ends of a local day on the same day", () => {
    expect(dayOf(at(21, 0))).toBe(dayOf(at(21, 23)));
    expect(dayOf(at(20, 23))).not.toBe(dayOf(at(21, 0)));
  });

  it("names today and yesterday, by the calendar rather than by 24 hours", () => {
    expect(dayName(at(21, 0), now)).toBe("Today");
    expect(dayName(at(20, 23), now)).toBe("Yesterday");
    expect(listTime(at(20, 23), now)).toBe("Yesterday");
  });

  it("adds the year only to days of other years", () => {
    expect(dayName(at(1, 9), now)).not.toContain("2026");
    expect(dayName(new Date(2025, 10, 1).toISOString(), now)).toContain("2025");
  });
});

describe("lastSeen", () => {
  it("counts in minutes, then hours", () => {
    expect(lastSeen(new Date(now - 20_000).toISOString(), now)).toBe("Last seen just now");
    expect(lastSeen(new Date(now - 5 * 60_000).toISOString(), now)).toBe("Last seen 5 min ago");
    expect(lastSeen(new Date(now - 3 * 3_600_000).toISOString(), now)).toBe("Last seen 3 h ago");
  });
});
