// What the metrics page draws, and the same as rows of a table for those who do not look at charts.
import { COUNTER_WORDS, type Counter, latestRate, levelPoints, type Point, ratePoints, type Sample } from "../operator/samples";

export interface Series {
  name: string;
  unit: "" | "/s";
  points: readonly Point[];
  /** At the end of the line. */
  latest: number | null;
}

/** What is drawn as a rate. */
const RATES: readonly Counter[] = ["frames_delivered", "frames_received", "publications", "errors", "frames_dropped"];

export function seriesOf(history: readonly Sample[]): Series[] {
  const connections = levelPoints(history, (overview) => overview.connections.total);
  const users = levelPoints(history, (overview) => overview.users);
  const rates = RATES.map((counter): Series => ({
    name: COUNTER_WORDS[counter],
    unit: "/s",
    points: ratePoints(history, counter),
    latest: latestRate(history, counter),
  }));
  return [level("Connections", connections), level("Users", users), ...rates];
}

function level(name: string, points: readonly Point[]): Series {
  return { name, unit: "", points, latest: points.at(-1)?.value ?? null };
}

export interface TableRow {
  at: number;
  /** In the order of the series; null where it is unknown. */
  values: readonly (number | null)[];
}

/** How far apart the rows of the table are. */
const ROW_MS = 10_000;

/** The series as rows, the newest first, one for every ten seconds. */
export function tableRows(series: readonly Series[]): TableRow[] {
  const times = series[0]?.points.filter(({ value }) => value !== null).map(({ at }) => at) ?? [];
  const rows: TableRow[] = [];
  for (const at of times.toReversed()) {
    const last = rows.at(-1);
    if (last !== undefined && last.at - at < ROW_MS) continue;
    rows.push({ at, values: series.map(({ points }) => points.find((point) => point.at === at)?.value ?? null) });
  }
  return rows;
}
