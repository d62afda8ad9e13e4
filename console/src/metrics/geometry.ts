// The arithmetic of a line chart: from points in time to a path, and a scale that people read easily.
import type { Point } from "../operator/samples";

/** The chart's own units; the picture is stretched to the room there is. */
export const WIDTH = 600;
export const HEIGHT = 120;

export interface Frame {
  /** The times at the left and the right end, in milliseconds. */
  from: number;
  to: number;
  /** The value at the top; the bottom is 0. */
  top: number;
}

/** The least that the width of a chart stands for, so that the first samples are not dots at its end. */
const LEAST_SPAN_MS = 60_000;

/** Where the line begins, unless it is too short to fill the width. */
export function frameOf(points: readonly Point[], now: number): Frame {
  const from = Math.min(points[0]?.at ?? now, now - LEAST_SPAN_MS);
  return { from, to: now, top: niceTop(points) };
}

/** The smallest of 1, 2 and 5 times a power of ten that is not below any value; 1 when all are 0. */
function niceTop(points: readonly Point[]): number {
  const greatest = points.reduce((most, { value }) => Math.max(most, value ?? 0), 0);
  if (greatest <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(greatest));
  return ([1, 2, 5].find((step) => step * power >= greatest) ?? 10) * power;
}

export function xOf(at: number, { from, to }: Frame): number {
  return ((at - from) / (to - from)) * WIDTH;
}

function yOf(value: number, { top }: Frame): number {
  return HEIGHT - (value / top) * HEIGHT;
}

/** An SVG path through the points, broken where a value is unknown. */
export function pathOf(points: readonly Point[], frame: Frame): string {
  let drawing = false;
  return points
    .flatMap(({ at, value }) => {
      if (value === null) {
        drawing = false;
        return [];
      }
      const step = `${drawing ? "L" : "M"}${xOf(at, frame).toFixed(1)} ${yOf(value, frame).toFixed(1)}`;
      drawing = true;
      return [step];
    })
    .join("");
}

/** The point nearest to a place between the left end (0) and the right end (1). */
export function nearest(points: readonly Point[], share: number, { from, to }: Frame): Point | null {
  const at = from + share * (to - from);
  return points.reduce<Point | null>(
    (best, point) => (best === null || Math.abs(point.at - at) < Math.abs(best.at - at) ? point : best),
    null,
  );
}
