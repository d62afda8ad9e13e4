// One channel: how busy it is, who listens, and the newest of what it keeps.
import type { ChannelInfo, ChannelPresent, Publication } from "@tutti/client";
import { useTutti } from "@tutti/react";
import { Link, useParams } from "@tanstack/react-router";
import { useCallback } from "react";
import { exactTime, fullTime } from "../ui/time";
import { useOperator } from "./context";
import { count, perSecond } from "./format";
import { UserLink } from "./links";
import { type LoadPage, useFresh, usePages } from "./pages";
import { Card, Cell, Facts, ListTable, Loaded, PageFrame, Table } from "./parts";

/** Publications that are shown: the newest. */
const NEWEST = 50;

export function ChannelPage() {
  const { channel } = useParams({ from: "/operator/channels/$channel" });
  const { api } = useOperator();
  const ask = useCallback(() => api.channel(channel), [api, channel]);
  const info = useFresh(ask);
  return (
    <PageFrame
      title={channel}
      actions={
        <Link to="/operator/events" search={{ channel }} className="text-sm text-accent underline underline-offset-2">
          Follow live
        </Link>
      }
    >
      <Loaded polled={info} label={channel} refresh={info.refresh}>
        {(known) => <About info={known} />}
      </Loaded>
      <h2 className="font-medium">Members</h2>
      <Members channel={channel} />
      <h2 className="font-medium">Newest publications</h2>
      <History channel={channel} />
    </PageFrame>
  );
}

function About({ info }: { info: ChannelInfo }) {
  return (
    <Card title="Channel">
      <Facts
        facts={[
          ["Publications", perSecond(info.per_second)],
          ["Users", count(info.users)],
          ["Connections", count(info.connections)],
          ["Offset", count(info.offset)],
          ["Kept in history", count(info.kept)],
          ["Epoch", <span key="epoch" className="font-mono text-xs">{info.epoch}</span>],
        ]}
      />
    </Card>
  );
}

function Members({ channel }: { channel: string }) {
  const client = useTutti();
  const load = useCallback<LoadPage<ChannelPresent>>(
    async (page) => {
      const { members, next_cursor } = await client.api.channelPresence(channel, page);
      return { items: members, next_cursor };
    },
    [client, channel],
  );
  return (
    <ListTable
      paged={usePages(load)}
      label="members"
      head={["User", "Connections"]}
      empty="Nobody listens."
      row={(member) => (
        <tr key={member.user_id} data-testid="member-row">
          <Cell>
            <UserLink id={member.user_id} />
          </Cell>
          <Cell>{count(member.connections)}</Cell>
        </tr>
      )}
    />
  );
}

function History({ channel }: { channel: string }) {
  const client = useTutti();
  const ask = useCallback(async () => {
    const { offset } = await client.api.channelHistory(channel, { limit: 1 });
    return client.api.channelHistory(channel, { after: Math.max(0, offset - NEWEST), limit: NEWEST });
  }, [client, channel]);
  const history = useFresh(ask);
  return (
    <Loaded polled={history} label="the history" refresh={history.refresh}>
      {({ publications }) =>
        publications.length === 0 ? (
          <p className="text-sm text-ink-soft">Nothing is kept.</p>
        ) : (
          <Table label="publications" head={["Offset", "Sent", "From", "Data"]}>
            {publications.toReversed().map((publication) => (
              <PublicationRow key={publication.offset} publication={publication} />
            ))}
          </Table>
        )
      }
    </Loaded>
  );
}

function PublicationRow({ publication }: { publication: Publication }) {
  return (
    <tr data-testid="publication-row">
      <Cell>{count(publication.offset)}</Cell>
      <Cell>
        <time dateTime={publication.sent_at} title={fullTime(publication.sent_at)}>
          {exactTime(publication.sent_at)}
        </time>
      </Cell>
      <Cell>{publication.from ?? "server"}</Cell>
      <Cell className="max-w-md truncate font-mono text-xs">{JSON.stringify(publication.data)}</Cell>
    </tr>
  );
}
