// Everything the server tells Prometheus, searchable.
import { useCallback, useMemo, useState } from "react";
import { useOperator } from "../operator/context";
import { count } from "../operator/format";
import { useFresh } from "../operator/pages";
import { Cell, Loaded, Table } from "../operator/parts";
import { SearchField } from "../ui/SearchField";
import { findMetrics, type MetricFamily, parseMetrics } from "./prometheus";

/** More rows than this nobody reads: the search finds what is wanted. */
const MOST_SHOWN = 200;

export function RawMetrics() {
  const { api } = useOperator();
  const ask = useCallback(async () => parseMetrics(await api.metrics()), [api]);
  const metrics = useFresh(ask);
  const [words, setWords] = useState("");
  return (
    <section aria-labelledby="raw-metrics" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 id="raw-metrics" className="flex-1 font-medium">
          Everything at /metrics
        </h2>
        <SearchField label="Search the metrics" value={words} onChange={setWords} placeholder="Search" />
      </div>
      <Loaded polled={metrics} label="the metrics" refresh={metrics.refresh}>
        {(families) => <Found families={families} words={words} />}
      </Loaded>
    </section>
  );
}

function Found({ families, words }: { families: readonly MetricFamily[]; words: string }) {
  const rows = useMemo(() => findMetrics(families, words), [families, words]);
  if (rows.length === 0) {
    return (
      <p role="status" className="text-sm text-ink-soft">
        No metric has “{words}” in it.
      </p>
    );
  }
  return (
    <>
      <Table label="metrics" head={["Metric", "Value", "Type", "Description"]}>
        {rows.slice(0, MOST_SHOWN).map(({ id, value, family }) => (
          <tr key={id} data-testid="metric-row">
            <Cell className="font-mono text-xs">{id}</Cell>
            <Cell>{Number.isFinite(value) ? count(value) : String(value)}</Cell>
            <Cell className="text-ink-soft">{family.type}</Cell>
            <Cell className="text-ink-soft">{family.help}</Cell>
          </tr>
        ))}
      </Table>
      {rows.length > MOST_SHOWN && <p className="text-sm text-ink-soft">{count(rows.length - MOST_SHOWN)} more: search for them.</p>}
    </>
  );
}
