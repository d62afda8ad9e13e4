// Every connection of the server, or those of one user, or the slow ones.
import type { ConnectionInfo } from "@tutti/client";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { SearchField } from "../ui/SearchField";
import { CONNECTION_HEAD, ConnectionRow } from "./ConnectionsTable";
import { useOperator } from "./context";
import { type LoadPage, usePages } from "./pages";
import { ListTable, PageFrame } from "./parts";
import { readConnectionsSearch } from "./search";
import { useTyped } from "./useTyped";

export function ConnectionsPage() {
  const { api } = useOperator();
  const navigate = useNavigate();
  const filter = useSearch({ from: "/operator/connections" });
  const show = (change: Record<string, unknown>) =>
    void navigate({ to: "/operator/connections", search: readConnectionsSearch({ ...filter, ...change }), replace: true });
  const [typed, setTyped] = useTyped(filter.user ?? "", (wanted) => show({ user: wanted }));
  const load = useCallback<LoadPage<ConnectionInfo>>(
    async (page) => {
      const { connections, next_cursor } = await api.connections({ ...filter, ...page });
      return { items: connections, next_cursor };
    },
    [api, filter],
  );
  const paged = usePages(load);

  return (
    <PageFrame
      title="Connections"
      actions={
        <>
          <SearchField label="User id" value={typed} onChange={setTyped} placeholder="Of the user with the id" />
          <label className="flex h-8 items-center gap-2 text-sm">
            <input
              type="checkbox"
              checked={filter.slow === true}
              onChange={(event) => show({ slow: event.target.checked })}
              className="size-4 accent-(--accent)"
            />
            Slow only
          </label>
        </>
      }
    >
      <ListTable
        paged={paged}
        label="connections"
        head={CONNECTION_HEAD}
        empty={filter.slow === true ? "No connection has bytes waiting." : "There is no such connection."}
        row={(connection) => <ConnectionRow key={connection.id} connection={connection} onGone={paged.refresh} />}
      />
    </PageFrame>
  );
}
