// How busy the server is, as charts of the last ten minutes, as a table of the same, and as everything it tells Prometheus.
import { useStore } from "@tutti/react";
import { useMemo } from "react";
import { useOperator } from "../operator/context";
import { short } from "../operator/format";
import { Cell, PageFrame, Table } from "../operator/parts";
import { exactTime } from "../ui/time";
import { LineChart } from "./LineChart";
import { RawMetrics } from "./RawMetrics";
import { type Series, seriesOf, tableRows } from "./series";

export function MetricsPage() {
  const history = useStore(useOperator().history).value;
  const series = useMemo(() => seriesOf(history ?? []), [history]);
  const now = history?.at(-1)?.at;
  if (now === undefined) return null;
  return (
    <PageFrame title="Metrics">
      <div className="grid gap-4 md:grid-cols-2">
        {series.map((each) => (
          <LineChart key={each.name} series={each} now={now} />
        ))}
      </div>
      <p className="text-sm text-ink-soft">Measured every two seconds while this part of the console is open and looked at.</p>
      <AsTable series={series} />
      <RawMetrics />
    </PageFrame>
  );
}

function AsTable({ series }: { series: readonly Series[] }) {
  return (
    <details className="group">
      <summary className="w-fit rounded text-sm font-medium text-accent">The charts as a table</summary>
      <div className="mt-2">
        <Table label="the charts as a table" head={["Time", ...series.map(({ name, unit }) => name + unit)]}>
          {tableRows(series).map(({ at, values }) => (
            <tr key={at}>
              <Cell>{exactTime(at).slice(0, 8)}</Cell>
              {values.map((value, column) => (
                <Cell key={series[column]?.name}>{short(value)}</Cell>
              ))}
            </tr>
          ))}
        </Table>
      </div>
    </details>
  );
}
