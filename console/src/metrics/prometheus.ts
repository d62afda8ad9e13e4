// Reads the text in which the server tells its metrics (OpenMetrics, as Prometheus reads it). Times and exemplars are left out.
export interface MetricFamily {
  name: string;
  /** `counter`, `gauge`, `histogram` and so on; `unknown` where the text does not say. */
  type: string;
  help: string;
  series: MetricSeries[];
}

export interface MetricSeries {
  /** The name with its suffix, as it stands in the text. */
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** The families in the order of the text. A line that cannot be read is passed over. */
export function parseMetrics(text: string): MetricFamily[] {
  const families = new Map<string, MetricFamily>();
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) describe(families, line);
    else if (line.trim() !== "") addSeries(families, line);
  }
  return [...families.values()].filter(({ series }) => series.length > 0);
}

const DESCRIPTION = /^# (HELP|TYPE) (\S+) (.*)$/;
/** A name, labels in braces (whose texts may have braces in them), and a number; what follows is time and exemplar. */
const SERIES = /^([A-Za-z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s+(\S+)/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const SUFFIX = /_(?:total|created|sum|count|bucket|info)$/;
const ESCAPES: Readonly<Record<string, string>> = { "\\n": "\n", '\\"': '"', "\\\\": "\\" };

function describe(families: Map<string, MetricFamily>, line: string): void {
  const [, what, name, words] = DESCRIPTION.exec(line) ?? [];
  if (name === undefined || words === undefined) return;
  const family = familyOf(families, name);
  if (what === "HELP") family.help = unescaped(words);
  else family.type = words;
}

function addSeries(families: Map<string, MetricFamily>, line: string): void {
  const [, name, labels = "", number] = SERIES.exec(line) ?? [];
  const value = numberOf(number);
  if (name === undefined || value === null) return;
  const root = name.replace(SUFFIX, "");
  const family = familyOf(families, families.has(root) && !families.has(name) ? root : name);
  const pairs = [...labels.matchAll(LABEL)].map(([, key = "", text = ""]) => [key, unescaped(text)] as const);
  family.series.push({ name, labels: Object.fromEntries(pairs), value });
}

function familyOf(families: Map<string, MetricFamily>, name: string): MetricFamily {
  const known = families.get(name) ?? { name, type: "unknown", help: "", series: [] };
  families.set(name, known);
  return known;
}

function unescaped(text: string): string {
  return text.replace(/\\[n"\\]/g, (escape) => ESCAPES[escape] ?? escape);
}

function numberOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[+-]?Inf$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  const value = Number(text);
  return Number.isNaN(value) && text !== "NaN" ? null : value;
}

export interface MetricRow extends MetricSeries {
  family: MetricFamily;
  /** Name and labels as they stand in the text. */
  id: string;
}

/** One row for every series whose name, labels or description have all the words in them. */
export function findMetrics(families: readonly MetricFamily[], words: string): MetricRow[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return families.flatMap((family) =>
    family.series.flatMap((series) => {
      const id = idOf(series);
      const text = `${id} ${family.help}`.toLowerCase();
      return wanted.every((word) => text.includes(word)) ? [{ ...series, family, id }] : [];
    }),
  );
}

function idOf({ name, labels }: MetricSeries): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}
