// What the server counted, as a history of samples, and the rates between two of them. How they are drawn is the pages' business.
import type { Counters, Overview } from "@tutti/client";

export interface Sample {
  /** When it was taken, by the server's clock, in milliseconds. */
  at: number;
  overview: Overview;
}

export type Counter = Exclude<keyof Counters, "closed">;

/** The words for what is counted, in the order in which it is shown. */
export const COUNTER_WORDS: Readonly<Record<Counter, string>> = {
  frames_received: "Frames received",
  frames_delivered: "Frames delivered",
  publications: "Publications",
  frames_dropped: "Frames dropped",
  errors: "Errors",
  opened: "Connections opened",
  slow_consumers: "Slow consumers closed",
};

export const COUNTERS = Object.keys(COUNTER_WORDS) as Counter[];

/** How often a sample is taken. */
export const SAMPLE_MS = 2000;
/** How far the history reaches back. */
export const HISTORY_MS = 10 * 60_000;
/** Samples farther apart than this have something unknown between them. */
const BREAK_MS = 5 * SAMPLE_MS;

/** The history with one sample more and without what is too old. It begins anew with another start of the server. */
export function withSample(history: readonly Sample[], overview: Overview): readonly Sample[] {
  const sample = { at: Date.parse(overview.node.now), overview };
  const last = history.at(-1);
  const continues = last !== undefined && last.overview.node.started_at === overview.node.started_at && last.at <= sample.at;
  if (!continues) return [sample];
  return [...history.filter(({ at }) => at < sample.at && at >= sample.at - HISTORY_MS), sample];
}

/** How much a counter grew per second between two samples; null where that is unknown. */
export function rateBetween(earlier: Sample | undefined, later: Sample | undefined, counter: Counter): number | null {
  if (earlier === undefined || later === undefined) return null;
  const elapsedMs = later.at - earlier.at;
  if (elapsedMs <= 0 || elapsedMs > BREAK_MS) return null;
  return ((later.overview.counters[counter] - earlier.overview.counters[counter]) * 1000) / elapsedMs;
}

/** The rate at the end of the history. */
export function latestRate(history: readonly Sample[], counter: Counter): number | null {
  return rateBetween(history.at(-2), history.at(-1), counter);
}

export interface Point {
  at: number;
  /** Null breaks the line. */
  value: number | null;
}

/** A counter's rate over time. */
export function ratePoints(history: readonly Sample[], counter: Counter): Point[] {
  return history.slice(1).map((sample, index) => ({ at: sample.at, value: rateBetween(history[index], sample, counter) }));
}

/** A number of the overview over time; a break where samples are missing. */
export function levelPoints(history: readonly Sample[], level: (overview: Overview) => number): Point[] {
  return history.flatMap(({ at, overview }, index) => {
    const before = history[index - 1];
    const point = { at, value: level(overview) };
    return before !== undefined && at - before.at > BREAK_MS ? [{ at: before.at + 1, value: null }, point] : [point];
  });
}
