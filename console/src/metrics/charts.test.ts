// From samples to lines and to the table beside them.
import { describe, expect, it } from "vitest";
import { overview, START } from "../operator/fixtures";
import { type Sample, withSample } from "../operator/samples";
import { frameOf, HEIGHT, nearest, pathOf, WIDTH } from "./geometry";
import { seriesOf, tableRows } from "./series";

const history = Array.from({ length: 31 }, (_, index) => overview(index * 2, { frames_delivered: index * 200 })).reduce<readonly Sample[]>(withSample, []);

describe("the line of a chart", () => {
  const points = [{ at: 0, value: 0 }, { at: 30_000, value: 30 }, { at: 40_000, value: null }, { at: 60_000, value: 50 }];
  const frame = frameOf(points, 60_000);

  it("fills the frame, under a round number, and breaks where nothing is known", () => {
    expect(frame).toEqual({ from: 0, to: 60_000, top: 50 });
    expect(pathOf(points, frame)).toBe(`M0.0 ${HEIGHT}.0L${WIDTH / 2}.0 48.0M${WIDTH}.0 0.0`);
  });

  it("has a scale also when everything is nothing, and a width also at the first sample", () => {
    expect(frameOf([{ at: 5000, value: 0 }], 5000)).toEqual({ from: -55_000, to: 5000, top: 1 });
    expect(frameOf([], 5000).top).toBe(1);
    expect([3, 7, 11, 240].map((value) => frameOf([{ at: 0, value }], 0).top)).toEqual([5, 10, 20, 500]);
  });

  it("knows the point that is pointed at", () => {
    expect(nearest(points, 0.45, frame)).toEqual({ at: 30_000, value: 30 });
    expect(nearest([], 0.5, frame)).toBeNull();
  });
});

describe("the series", () => {
  it("have levels and rates", () => {
    const series = seriesOf(history);
    expect(series.map(({ name }) => name)).toContain("Frames delivered");
    expect(series.find(({ name }) => name === "Connections")?.latest).toBe(12);
    expect(series.find(({ name }) => name === "Frames delivered")?.latest).toBe(100);
  });

  it("stand in the table every ten seconds, the newest first", () => {
    const rows = tableRows(seriesOf(history));
    expect(rows.map(({ at }) => (at - START) / 1000)).toEqual([60, 50, 40, 30, 20, 10, 0]);
    expect(rows[0]?.values.slice(0, 3)).toEqual([12, 7, 100]);
    expect(rows.at(-1)?.values[2]).toBeNull();
  });

  it("are empty without samples", () => {
    expect(tableRows(seriesOf([]))).toEqual([]);
  });
});
