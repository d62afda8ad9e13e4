// The operator's part of the console: its pages in a row, for those who carry the role; for others, how to get it.
import { useStore, useTutti } from "@tutti/react";
import { Link, Outlet } from "@tanstack/react-router";
import { useMemo } from "react";
import { createOperatorApi } from "./api";
import { createOperator, OperatorContext } from "./context";
import { NeedsRole } from "./NeedsRole";
import { Loaded } from "./parts";

const PAGES = [
  { to: "/operator", name: "Overview", exact: true },
  { to: "/operator/connections", name: "Connections", exact: false },
  { to: "/operator/users", name: "Users", exact: false },
  { to: "/operator/channels", name: "Channels", exact: false },
  { to: "/operator/events", name: "Events", exact: false },
  { to: "/operator/metrics", name: "Metrics", exact: false },
] as const;

export function OperatorLayout() {
  const { api } = useTutti();
  const operator = useMemo(() => createOperator(createOperatorApi(api)), [api]);
  const polled = useStore(operator.history);
  if (polled.problem?.code === "forbidden") return <NeedsRole />;
  return (
    <OperatorContext value={operator}>
      <div className="flex h-full flex-col bg-canvas">
        <nav aria-label="Operator" className="shrink-0 overflow-x-auto border-b border-line bg-surface">
          <ul className="flex gap-1 px-2">
            {PAGES.map(({ to, name, exact }) => (
              <li key={to}>
                <Link
                  to={to}
                  activeOptions={{ exact, includeSearch: false }}
                  className="flex h-11 items-center border-b-2 border-transparent px-2.5 text-sm text-ink-soft -outline-offset-2 hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
                >
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="min-h-0 flex-1 overflow-y-auto">
          <Loaded polled={polled} label="the server" refresh={operator.history.refresh}>
            {() => <Outlet />}
          </Loaded>
        </div>
      </div>
    </OperatorContext>
  );
}
