// What the operator pages are put together from: the page with its heading, tables that scroll sideways where there is no
// room, figures, and what stands there until an answer has come.
import type { TuttiError } from "@tutti/client";
import type { ReactNode } from "react";
import type { Polled } from "../app/poll";
import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { Failure, Skeleton } from "../ui/Notice";
import type { PagedList } from "./pages";

export function PageFrame({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className="mx-auto flex min-h-full w-full max-w-6xl flex-col gap-4 p-4">
      <div className="flex min-h-8 flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="min-w-0 flex-1 truncate text-lg font-semibold">{title}</h1>
        {actions}
      </div>
      {children}
    </div>
  );
}

export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="min-w-0 rounded-xl border border-line bg-surface p-4">
      <h2 className="mb-2 text-sm font-medium text-ink-soft">{title}</h2>
      {children}
    </section>
  );
}

/** Names and values, one pair a line. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-sm">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-soft">{name}</dt>
          <dd className="min-w-0 break-words tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Table({ label, head, children }: { label: string; head: readonly string[]; children: ReactNode }) {
  return (
    <div role="region" aria-label={label} tabIndex={0} className="overflow-x-auto rounded-xl border border-line bg-surface">
      <table className="w-full text-left text-sm">
        <thead>
          <tr className="border-b border-line text-xs text-ink-soft">
            {head.map((name) => (
              <th key={name} scope="col" className="px-3 py-2 font-medium whitespace-nowrap">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">{children}</tbody>
      </table>
    </div>
  );
}

export function Cell({ children, className }: { children: ReactNode; className?: string }) {
  return <td className={classes("px-3 py-1.5 whitespace-nowrap tabular-nums", className)}>{children}</td>;
}

/** What is known, or what stands in its place; above what is known but no longer fresh, why. */
export function Loaded<T>({
  polled,
  label,
  refresh,
  children,
}: {
  polled: Polled<T>;
  label: string;
  refresh: () => Promise<void>;
  children: (value: T) => ReactNode;
}) {
  const { value, problem } = polled;
  if (value !== null) {
    return (
      <>
        {problem !== null && <Stale problem={problem} />}
        {children(value)}
      </>
    );
  }
  if (problem === null) return <Skeleton rows={6} label={`Loading ${label}`} />;
  const title = problem.code === "not_found" ? `Nothing is known about ${label}` : `No answer about ${label}`;
  return <Failure title={title} text={problem.userMessage} onRetry={() => void refresh()} />;
}

function Stale({ problem }: { problem: TuttiError }) {
  return (
    <p role="status" className="rounded-md bg-warn-soft px-3 py-1.5 text-sm text-warn-ink">
      {problem.userMessage} This is what was known before.
    </p>
  );
}

/** A list with its table, what stands there when it is empty, and the way to more of it. */
export function ListTable<T>({
  paged,
  label,
  head,
  empty,
  row,
}: {
  paged: PagedList<T>;
  label: string;
  head: readonly string[];
  empty: string;
  row: (item: T) => ReactNode;
}) {
  return (
    <Loaded polled={paged.list} label={label} refresh={paged.refresh}>
      {({ items, hasMore }) => (
        <>
          {items.length === 0 ? (
            <p role="status" className="text-sm text-ink-soft">
              {empty}
            </p>
          ) : (
            <Table label={label} head={head}>
              {items.map(row)}
            </Table>
          )}
          {hasMore && paged.more !== null && (
            <Button className="self-start" onClick={paged.more}>
              Show more
            </Button>
          )}
          {hasMore && paged.more === null && <p className="text-sm text-ink-soft">There are more than these {items.length}.</p>}
        </>
      )}
    </Loaded>
  );
}
