// Rates and the bounds of the history, from made-up samples.
import { describe, expect, it } from "vitest";
import { overview, START } from "./fixtures";
import { HISTORY_MS, latestRate, levelPoints, ratePoints, type Sample, withSample } from "./samples";

function historyOf(...overviews: ReturnType<typeof overview>[]): readonly Sample[] {
  return overviews.reduce<readonly Sample[]>(withSample, []);
}

describe("rates", () => {
  it("are what a counter grew by, per second of the server's clock", () => {
    const history = historyOf(overview(0), overview(2, { errors: 5 }), overview(4, { errors: 25 }));
    expect(latestRate(history, "errors")).toBe(10);
    expect(ratePoints(history, "errors").map(({ value }) => value)).toEqual([2.5, 10]);
  });

  it("are unknown before the second sample and over a long break", () => {
    expect(latestRate(historyOf(overview(0)), "errors")).toBeNull();
    const broken = historyOf(overview(0), overview(60, { errors: 60 }));
    expect(latestRate(broken, "errors")).toBeNull();
    expect(levelPoints(broken, ({ users }) => users).map(({ value }) => value)).toEqual([7, null, 7]);
  });
});

describe("the history", () => {
  it("reaches back ten minutes and no further", () => {
    const everyTwoSeconds = Array.from({ length: 400 }, (_, index) => overview(index * 2));
    const history = historyOf(...everyTwoSeconds);
    expect(history).toHaveLength(HISTORY_MS / 2000 + 1);
    expect(history[0]?.at).toBe(START + 798_000 - HISTORY_MS);
  });

  it("begins anew when the server was started again, for its counters did", () => {
    const history = historyOf(overview(0, { opened: 900 }), overview(2, { opened: 1 }, START + 1000));
    expect(history).toHaveLength(1);
    expect(latestRate(history, "opened")).toBeNull();
  });

  it("has no two samples of the same time", () => {
    expect(historyOf(overview(0), overview(2), overview(2))).toHaveLength(2);
  });
});
