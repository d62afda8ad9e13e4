// The users who are connected now.
import type { ConnectedUser } from "@tutti/client";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useCallback, useState } from "react";
import { Button } from "../ui/Button";
import { SearchField } from "../ui/SearchField";
import { useOperator } from "./context";
import { count } from "./format";
import { UserLink } from "./links";
import { type LoadPage, usePages } from "./pages";
import { Cell, ListTable, PageFrame } from "./parts";

export function UsersPage() {
  const { api } = useOperator();
  const load = useCallback<LoadPage<ConnectedUser>>(
    async (page) => {
      const { users, next_cursor } = await api.users(page);
      return { items: users, next_cursor };
    },
    [api],
  );
  const paged = usePages(load);
  return (
    <PageFrame title="Users connected now" actions={<GoToUser />}>
      <ListTable
        paged={paged}
        label="users"
        head={["User", "Name", "Connections"]}
        empty="Nobody is connected."
        row={(user) => (
          <tr key={user.user_id} data-testid="user-row">
            <Cell>
              <UserLink id={user.user_id} />
            </Cell>
            <Cell>{user.name}</Cell>
            <Cell>{count(user.connections)}</Cell>
          </tr>
        )}
      />
    </PageFrame>
  );
}

/** The way to somebody who is not connected. */
function GoToUser() {
  const navigate = useNavigate();
  const [id, setId] = useState("");

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (id.trim() !== "") void navigate({ to: "/operator/users/$userId", params: { userId: id.trim() } });
  }

  return (
    <form onSubmit={onSubmit} className="flex gap-2">
      <SearchField label="User id" value={id} onChange={setId} placeholder="Id of any user" />
      <Button type="submit">Open</Button>
    </form>
  );
}
