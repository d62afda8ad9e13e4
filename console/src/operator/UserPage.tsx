// One user: how they are, their connections, and the two ways to end them.
import type { OperatorUser } from "@tutti/client";
import { Link, useParams } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { statusWords } from "../people/statusWords";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Confirm";
import { fullTime } from "../ui/time";
import { CONNECTION_HEAD, ConnectionRow } from "./ConnectionsTable";
import { useOperator } from "./context";
import { useFresh } from "./pages";
import { Card, Facts, Loaded, PageFrame, Table } from "./parts";

export function UserPage() {
  const { userId } = useParams({ from: "/operator/users/$userId" });
  const { api } = useOperator();
  const ask = useCallback(() => api.user(userId), [api, userId]);
  const user = useFresh(ask);
  return (
    <PageFrame title={userId} actions={<UserActions key={userId} userId={userId} onDone={user.refresh} />}>
      <Loaded polled={user} label={userId} refresh={user.refresh}>
        {(known) => <About user={known} refresh={user.refresh} />}
      </Loaded>
    </PageFrame>
  );
}

function About({ user, refresh }: { user: OperatorUser; refresh: () => Promise<void> }) {
  const { presence, connections } = user;
  return (
    <>
      <Card title="User">
        <Facts
          facts={[
            ["Id", user.user_id],
            ["Name", user.name ?? "none"],
            ["Status", presence.text === null ? statusWords[presence.status] : `${statusWords[presence.status]}: ${presence.text}`],
            ["Last seen", lastSeenOf(user)],
            ["Tokens revoked", user.revoked_at === null ? "never" : `those issued until ${fullTime(user.revoked_at)}`],
          ]}
        />
      </Card>
      {connections.length === 0 ? (
        <p className="text-sm text-ink-soft">Not connected.</p>
      ) : (
        <Table label="connections of this user" head={CONNECTION_HEAD}>
          {connections.map((connection) => (
            <ConnectionRow key={connection.id} connection={connection} onGone={refresh} />
          ))}
        </Table>
      )}
    </>
  );
}

function lastSeenOf({ presence, connections }: OperatorUser): string {
  if (presence.last_seen_at !== null) return fullTime(presence.last_seen_at);
  return connections.length > 0 ? "here now" : "never";
}

type Asking = "nothing" | "disconnect" | "revoke";

function UserActions({ userId, onDone }: { userId: string; onDone: () => Promise<void> }) {
  const { api } = useOperator();
  const [asking, setAsking] = useState<Asking>("nothing");
  const close = () => setAsking("nothing");

  async function then(what: Promise<void>) {
    await what;
    await onDone();
  }

  return (
    <div className="flex flex-wrap items-center gap-2">
      <Link to="/operator/events" search={{ user: userId }} className="px-1 text-sm text-accent underline underline-offset-2">
        Follow live
      </Link>
      <Button onClick={() => setAsking("disconnect")}>Disconnect</Button>
      <Button kind="danger" onClick={() => setAsking("revoke")}>
        Revoke tokens
      </Button>
      <Confirm
        open={asking === "disconnect"}
        onOpenChange={close}
        title={`Disconnect ${userId}?`}
        description="All of the user’s connections are closed. Their clients come back by themselves and go on where they were."
        action="Disconnect"
        onConfirm={() => then(api.disconnectUser(userId))}
      />
      <Confirm
        open={asking === "revoke"}
        onOpenChange={close}
        title={`Revoke the tokens of ${userId}?`}
        description="Every token issued to the user so far is refused from now on, and all of their connections are closed. They must sign in again, with a new token. This cannot be undone."
        action="Revoke"
        onConfirm={() => then(api.revokeUser(userId))}
      />
    </div>
  );
}
