// Observations without what differs from run to run: ids become numbers in the order of their appearance, times a word.

/** What the client calls its messages. */
const RANDOM = /^[\da-f-]{32,36}$/;

/** The same shape for the same happenings, whoever's ids and clock they carry. */
export function normal(value: unknown): unknown {
  const ids = new Map<string, string>();
  const named = (id: string): string => {
    const name = ids.get(id) ?? `id ${ids.size + 1}`;
    ids.set(id, name);
    return name;
  };
  const text = (value: string): string => {
    if (/^\d{10,}$/.test(value) || RANDOM.test(value)) return named(value);
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return "time";
    return value.replace(/^\d{13}:/, "time:");
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    // In one order, so that ids get their numbers alike. A `ref` is the client's own count, and a request id the log's.
    const kept = Object.entries(value).filter(([name]) => name !== "ref" && name !== "request_id").sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(kept.map(([name, inner]) => [name, walk(inner)]));
  };
  return walk(value);
}
