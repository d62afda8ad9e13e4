// Connections in a table, and the way to end one. Which ones is said by whoever shows it.
import type { ConnectionInfo } from "@tutti/client";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Confirm";
import { fullTime } from "../ui/time";
import { useOperator } from "./context";
import { bytes, count, span } from "./format";
import { UserLink } from "./links";
import { Cell } from "./parts";

export const CONNECTION_HEAD = ["User", "Transport", "Codec", "Open for", "Last heard", "Waiting", "Channels", "Id", "Action"];

export function ConnectionRow({ connection, onGone }: { connection: ConnectionInfo; onGone: () => Promise<void> }) {
  const { api } = useOperator();
  const [asking, setAsking] = useState(false);
  const { id, user_id: user } = connection;

  async function disconnect() {
    await api.disconnectConnection(id);
    await onGone();
  }

  return (
    <tr data-testid="connection-row">
      <Cell>
        <UserLink id={user} />
      </Cell>
      <Cell>{connection.transport}</Cell>
      <Cell>
        {connection.codec}
        {connection.compressed && ", deflate"}
      </Cell>
      <Cell>
        <Ago time={connection.opened_at} />
      </Cell>
      <Cell>
        <Ago time={connection.heard_at} /> ago
      </Cell>
      <Cell className={connection.queued_bytes > 0 ? "font-medium text-danger" : ""}>{bytes(connection.queued_bytes)}</Cell>
      <Cell>{count(connection.channels)}</Cell>
      <Cell className="font-mono text-xs text-ink-soft">{id}</Cell>
      <Cell>
        <Button size="small" onClick={() => setAsking(true)} aria-label={`Disconnect ${user}, connection ${id}`}>
          Disconnect
        </Button>
        <Confirm
          open={asking}
          onOpenChange={setAsking}
          title={`Disconnect ${user}?`}
          description="This one connection is closed. The user’s client comes back by itself and goes on where it was."
          action="Disconnect"
          onConfirm={disconnect}
        />
      </Cell>
    </tr>
  );
}

function Ago({ time }: { time: string }) {
  return (
    <time dateTime={time} title={fullTime(time)}>
      {span(Date.now() - Date.parse(time))}
    </time>
  );
}
