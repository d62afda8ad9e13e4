// The server at a glance: what it is, who is on it, and how busy it is.
import { CLOSE_CODES, type Overview } from "@tutti/client";
import { useStore } from "@tutti/react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { fullTime } from "../ui/time";
import { useOperator } from "./context";
import { count, perSecond, span } from "./format";
import { Card, Cell, Facts, PageFrame, Table } from "./parts";
import { COUNTER_WORDS, COUNTERS, latestRate, type Sample } from "./samples";

export function OverviewPage() {
  const samples = useStore(useOperator().history).value ?? [];
  const overview = samples.at(-1)?.overview;
  if (overview === undefined) return null;
  return (
    <PageFrame title="Overview">
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Figure name="Connections" value={overview.connections.total} note={<Link className="underline" to="/operator/connections">List</Link>} />
        <Figure name="Users" value={overview.users} note={<Link className="underline" to="/operator/users">List</Link>} />
        <Figure name="Channels" value={overview.channels} note={<Link className="underline" to="/operator/channels">List</Link>} />
        <Figure
          name="Slow consumers"
          value={overview.counters.slow_consumers}
          note={<Link className="underline" to="/operator/connections" search={{ slow: true }}>With bytes waiting</Link>}
        />
      </div>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Node overview={overview} />
        <Transports overview={overview} />
      </div>
      <Rates samples={samples} overview={overview} />
      <Closed overview={overview} />
    </PageFrame>
  );
}

function Figure({ name, value, note }: { name: string; value: number; note: ReactNode }) {
  return (
    <section aria-label={name} className="rounded-xl border border-line bg-surface p-4">
      <h2 className="text-sm font-medium text-ink-soft">{name}</h2>
      <p className="mt-1 text-xl font-semibold tabular-nums" data-testid={`figure-${name.toLowerCase().replaceAll(" ", "-")}`}>
        {count(value)}
      </p>
      <p className="mt-1 text-xs text-ink-soft">{note}</p>
    </section>
  );
}

function Node({ overview: { node } }: { overview: Overview }) {
  const upMs = Date.parse(node.now) - Date.parse(node.started_at);
  return (
    <Card title="Node">
      <Facts
        facts={[
          ["Version", node.version],
          ["Started", fullTime(node.started_at)],
          ["Up for", span(upMs)],
          ["Shards", count(node.shards)],
          ["Transports", node.transports.join(", ")],
        ]}
      />
    </Card>
  );
}

function Transports({ overview: { connections } }: { overview: Overview }) {
  return (
    <Card title="Connections by transport">
      <Facts
        facts={[
          ["WebSocket", count(connections.websocket)],
          ["Server-Sent Events", count(connections.sse)],
          ["Long poll", count(connections.poll)],
        ]}
      />
    </Card>
  );
}

function Rates({ samples, overview: { counters } }: { samples: readonly Sample[]; overview: Overview }) {
  return (
    <Table label="Rates and totals since the start" head={["Counted", "Now", "Since the start"]}>
      {COUNTERS.map((counter) => (
        <tr key={counter}>
          <Cell>{COUNTER_WORDS[counter]}</Cell>
          <Cell>{perSecond(latestRate(samples, counter))}</Cell>
          <Cell>{count(counters[counter])}</Cell>
        </tr>
      ))}
    </Table>
  );
}

function Closed({ overview: { counters } }: { overview: Overview }) {
  if (counters.closed.length === 0) return null;
  return (
    <Table label="Connections closed, by code" head={["Close code", "Reason", "Since the start"]}>
      {counters.closed.map(({ code, count: closed }) => (
        <tr key={code}>
          <Cell>{code}</Cell>
          <Cell>{reasonOf(code)}</Cell>
          <Cell>{count(closed)}</Cell>
        </tr>
      ))}
    </Table>
  );
}

function reasonOf(code: number): string {
  return Object.entries(CLOSE_CODES).find(([number]) => Number(number) === code)?.[1].reason ?? "";
}
