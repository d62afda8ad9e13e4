// One line of the live tail.
import type { OperatorEvent, OperatorEventKind } from "@tutti/client";
import type { ReactNode } from "react";
import { classes } from "../ui/classes";
import { exactTime } from "../ui/time";
import { count } from "./format";
import { ChannelLink, UserLink } from "./links";
import type { TailLine } from "./tail";
import { KIND_WORDS } from "./tailFilter";

/** What an operator should not overlook. */
const TROUBLE: ReadonlySet<OperatorEventKind> = new Set(["command_failed", "slow_consumer"]);

export function EventLine({ event }: { event: TailLine }) {
  if (event === null) return <Break>The stream was interrupted. Events may be missing here.</Break>;
  if (event.kind === "missed") return <Break>{count(event.count ?? 0)} events were missed: they came faster than they could be sent.</Break>;
  return (
    <div data-testid="event" data-kind={event.kind} className="flex flex-wrap items-baseline gap-x-3 px-4 py-1 text-sm">
      <time dateTime={event.at} className="font-mono text-xs text-ink-faint">
        {exactTime(event.at)}
      </time>
      <span className={classes("sm:w-44", TROUBLE.has(event.kind) ? "font-medium text-danger" : "text-ink")}>{KIND_WORDS[event.kind]}</span>
      <Details event={event} />
    </div>
  );
}

function Details({ event }: { event: OperatorEvent }) {
  return (
    <>
      {event.user_id !== undefined && <UserLink id={event.user_id} />}
      {event.channel !== undefined && <ChannelLink name={event.channel} />}
      {event.conversation_id !== undefined && <Detail name="conversation" value={event.conversation_id} />}
      {event.code !== undefined && <Detail name="code" value={event.code} />}
      {event.detail !== undefined && <span className="break-words text-ink-soft">{event.detail}</span>}
      {event.connection_id !== undefined && <Detail name="connection" value={event.connection_id} />}
    </>
  );
}

function Detail({ name, value }: { name: string; value: string }) {
  return (
    <span className="text-ink-soft">
      {name} <span className="font-mono text-xs">{value}</span>
    </span>
  );
}

function Break({ children }: { children: ReactNode }) {
  return <p className="bg-warn-soft px-4 py-1 text-sm text-warn-ink">{children}</p>;
}
