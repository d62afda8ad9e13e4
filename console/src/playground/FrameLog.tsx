// What was sent and what came, newest at the top, with a filter over it.
import { useStore } from "@tutti/react";
import { Copy } from "lucide-react";
import { useMemo, useState } from "react";
import type { Feed } from "../app/feed";
import { IconButton } from "../ui/Button";
import { classes } from "../ui/classes";
import { CAN_COPY, copy } from "../ui/clipboard";
import { FeedControls, FeedList } from "../ui/FeedList";
import { Notice } from "../ui/Notice";
import { exactTime } from "../ui/time";
import { SearchField } from "../ui/SearchField";
import { type Entry, matches } from "./recorder";

export function FrameLog({ feed }: { feed: Feed<Entry> }) {
  const { rows } = useStore(feed);
  const [words, setWords] = useState("");
  const shown = useMemo(() => (words.trim() === "" ? rows : rows.filter(({ value }) => matches(value, words))), [rows, words]);
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2">
        <h2 className="font-medium">Frames</h2>
        <span className="flex-1" />
        <SearchField label="Filter the frames" value={words} onChange={setWords} placeholder="Filter" />
        <FeedControls feed={feed} />
      </div>
      <FeedList
        feed={feed}
        rows={shown}
        label="Frames sent and received"
        className="max-lg:h-[60dvh] lg:flex-1"
        empty={<Notice title={rows.length === 0 ? "Nothing sent yet" : "No frame has this in it"}>Replies and pushes appear here, the newest at the top.</Notice>}
      >
        {({ value }) => <FrameItem entry={value} />}
      </FeedList>
    </>
  );
}

const looks: Record<Entry["direction"], { words: string; arrow: string; look: string }> = {
  sent: { words: "Sent", arrow: "→", look: "text-accent" },
  reply: { words: "Reply", arrow: "←", look: "text-ink" },
  push: { words: "Push", arrow: "←", look: "text-ink-soft" },
  problem: { words: "Not answered", arrow: "×", look: "text-danger" },
};

function FrameItem({ entry: { at, direction, type, text, tookMs } }: { entry: Entry }) {
  const { words, arrow, look } = looks[direction];
  return (
    <article data-testid="frame-entry" data-direction={direction} data-type={type} className="flex gap-2 px-4 py-1.5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-3 text-sm">
          <time dateTime={new Date(at).toISOString()} className="font-mono text-xs text-ink-faint">
            {exactTime(at)}
          </time>
          <span className={classes("font-medium", type === "error" ? "text-danger" : look)}>
            <span aria-hidden>{arrow} </span>
            {words} <span className="font-mono text-xs">{type}</span>
          </span>
          {tookMs !== undefined && <span className="text-xs text-ink-soft tabular-nums">after {tookMs} ms</span>}
        </p>
        <pre className="mt-0.5 font-mono text-xs break-words whitespace-pre-wrap">{text}</pre>
      </div>
      {CAN_COPY && (
        <IconButton label={`Copy ${type}`} size="small" onClick={() => copy(text)}>
          <Copy size={14} aria-hidden />
        </IconButton>
      )}
    </article>
  );
}
