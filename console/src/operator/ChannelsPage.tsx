// The channels there are, with who listens and how busy they are.
import type { ChannelInfo } from "@tutti/client";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { SearchField } from "../ui/SearchField";
import { useOperator } from "./context";
import { count, perSecond } from "./format";
import { ChannelLink } from "./links";
import { type LoadPage, usePages } from "./pages";
import { Cell, ListTable, PageFrame } from "./parts";
import { readChannelsSearch } from "./search";
import { useTyped } from "./useTyped";

export function ChannelsPage() {
  const { api } = useOperator();
  const navigate = useNavigate();
  const filter = useSearch({ from: "/operator/channels" });
  const [typed, setTyped] = useTyped(filter.prefix ?? "", (wanted) => {
    void navigate({ to: "/operator/channels", search: readChannelsSearch({ prefix: wanted }), replace: true });
  });
  const load = useCallback<LoadPage<ChannelInfo>>(
    async (page) => {
      const { channels, next_cursor } = await api.channels({ ...filter, ...page });
      return { items: channels, next_cursor };
    },
    [api, filter],
  );
  const paged = usePages(load);

  return (
    <PageFrame
      title="Channels"
      actions={<SearchField label="Start of the name" value={typed} onChange={setTyped} placeholder="Name begins with" />}
    >
      <ListTable
        paged={paged}
        label="channels"
        head={["Channel", "Publications", "Users", "Connections", "Offset", "Kept"]}
        empty={filter.prefix === undefined ? "There are no channels." : "No channel’s name begins like this."}
        row={(channel) => (
          <tr key={channel.channel} data-testid="channel-row">
            <Cell>
              <ChannelLink name={channel.channel} />
            </Cell>
            <Cell>{perSecond(channel.per_second)}</Cell>
            <Cell>{count(channel.users)}</Cell>
            <Cell>{count(channel.connections)}</Cell>
            <Cell>{count(channel.offset)}</Cell>
            <Cell>{count(channel.kept)}</Cell>
          </tr>
        )}
      />
    </PageFrame>
  );
}
