// The live tail on the screen: what happens on the server as it happens, as far as the filters in the address ask for it.
import { useStore } from "@tutti/react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ListFilter } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "../ui/Button";
import { FeedControls, FeedList } from "../ui/FeedList";
import { Notice } from "../ui/Notice";
import { Popover } from "../ui/Popover";
import { SearchField } from "../ui/SearchField";
import { useOperator } from "./context";
import { EventLine } from "./EventLine";
import { count } from "./format";
import { readFilter } from "./search";
import { Tail, type TailSnapshot } from "./tail";
import { FILTER_KINDS, type FilterKind, filterQuery, KIND_WORDS, type TailFilter } from "./tailFilter";
import { useTyped } from "./useTyped";

export function EventsPage() {
  const { api } = useOperator();
  const filter = useSearch({ from: "/operator/events" });
  const query = filterQuery(filter).toString();
  const tail = useMemo(() => new Tail((signal) => api.events(new URLSearchParams(query), signal)), [api, query]);
  const state = useStore(tail);
  const { rows } = useStore(tail.feed);
  return (
    <div className="flex h-full flex-col">
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2">
        <h1 className="mr-2 text-lg font-semibold">Events</h1>
        <Filters filter={filter} />
        <span className="flex-1" />
        <TailState state={state} />
        <FeedControls feed={tail.feed} />
      </div>
      <FeedList key={query} feed={tail.feed} rows={rows} label="Live events" className="flex-1" empty={<Nothing state={state} />}>
        {(row) => <EventLine event={row.value} />}
      </FeedList>
    </div>
  );
}

function Nothing({ state: { state, problem } }: { state: TailSnapshot }) {
  if (state === "failed") return <Notice title="The events cannot be followed">{problem?.userMessage}</Notice>;
  return <Notice title={state === "live" ? "Nothing has happened yet" : "Connecting…"}>New events appear here at the top.</Notice>;
}

function TailState({ state: { state, missed, problem } }: { state: TailSnapshot }) {
  const words = { connecting: problem === null ? "Connecting…" : "Interrupted, trying again…", live: "Live", failed: "Stopped" };
  return (
    <p role="status" data-testid="tail-state" data-state={state} className="text-sm text-ink-soft">
      {words[state]}
      {missed > 0 && `, ${count(missed)} missed`}
    </p>
  );
}

function Filters({ filter }: { filter: TailFilter }) {
  const navigate = useNavigate();
  const show = (change: TailFilter) =>
    void navigate({ to: "/operator/events", search: readFilter({ ...filter, ...change }), replace: true });
  const [user, setUser] = useTyped(filter.user ?? "", (wanted) => show({ user: wanted }));
  const [channel, setChannel] = useTyped(filter.channel ?? "", (wanted) => show({ channel: wanted }));
  return (
    <>
      <KindFilter kinds={filter.kinds ?? []} onChange={(kinds) => show({ kinds })} />
      <SearchField label="User id" value={user} onChange={setUser} placeholder="User id" />
      <SearchField label="Channel" value={channel} onChange={setChannel} placeholder="Channel" />
    </>
  );
}

function KindFilter({ kinds, onChange }: { kinds: readonly FilterKind[]; onChange: (kinds: FilterKind[]) => void }) {
  const [open, setOpen] = useState(false);
  const toggle = (kind: FilterKind, wanted: boolean) =>
    onChange(FILTER_KINDS.filter((each) => (each === kind ? wanted : kinds.includes(each))));
  return (
    <Popover
      label="Kinds of events"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button>
          <ListFilter size={14} aria-hidden />
          {kinds.length === 0 ? "All kinds" : kinds.length === 1 ? "1 kind" : `${kinds.length} kinds`}
        </Button>
      }
    >
      <div className="max-h-[60dvh] overflow-y-auto p-2">
        {FILTER_KINDS.map((kind) => (
          <label key={kind} className="flex h-8 items-center gap-2.5 rounded-md px-2 text-sm hover:bg-hover">
            <input
              type="checkbox"
              checked={kinds.includes(kind)}
              onChange={(event) => toggle(kind, event.target.checked)}
              className="size-4 accent-(--accent)"
            />
            {KIND_WORDS[kind]}
          </label>
        ))}
      </div>
    </Popover>
  );
}
