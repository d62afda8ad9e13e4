// The messages of a conversation, virtualised: starts where reading stopped, keeps its place while older ones come in above,
// follows new ones only from the end. What a row looks like is MessageRow's; which rows there are is said in rows.ts.
import type { ConversationHandle, ConversationSnapshot } from "@tutti/client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import {
  type KeyboardEvent,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useApp } from "../app/context";
import { gist } from "../conversations/describe";
import type { NameOf } from "../people/useNames";
import { listNames } from "../people/useNames";
import { dayName } from "../ui/time";
import { MessageRow, type RowActions } from "./MessageRow";
import { countNew, newestSeq, seenBy } from "./reading";
import { buildRows, guessHeight, type Row, shownRows, startIndex } from "./rows";
import { END_THRESHOLD, isAtEnd, wantsOlder } from "./scrolling";
import { useAttention } from "./useAttention";

export interface TimelineControls {
  /** Brings a message into view, fetching older ones until it is there. */
  jumpTo(id: string): void;
}

const HIGHLIGHT_MS = 1600;
/** How far back a jump fetches before it gives up. */
const MOST_PAGES = 40;

export function Timeline({
  handle,
  snapshot,
  nameOf,
  moderator,
  editing,
  actions,
  controls,
}: {
  handle: ConversationHandle;
  snapshot: ConversationSnapshot;
  nameOf: NameOf;
  moderator: boolean;
  editing: string | null;
  actions: RowActions;
  controls: Ref<TimelineControls>;
}) {
  const { me } = useApp();
  const { messages, readers, hasOlder, loadingOlder } = snapshot;
  const attentive = useAttention();
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [settled, setSettled] = useState(false);
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const [highlighted, setHighlighted] = useState<string | null>(null);

  // Where the line "New" stands: where reading had stopped when the conversation was opened or left out of sight.
  const [readSeq, setReadSeq] = useState<number | null>(() => {
    const info = snapshot.info;
    return info !== null && info.unread > 0 ? info.last_read_seq : null;
  });
  // The newest message that has been on the screen: what came after it is counted on the button.
  const [seenSeq, setSeenSeq] = useState(() => newestSeq(messages));

  const rows = useMemo(
    () => shownRows(buildRows(messages, readSeq, me.id), hasOlder),
    [messages, readSeq, me.id, hasOlder],
  );
  const latest = useRef({ rows, snapshot });
  latest.current = { rows, snapshot };

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => guessHeight(rows[index]!),
    getItemKey: (index) => rows[index]!.message.key,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: END_THRESHOLD,
    overscan: 10,
    paddingStart: 12,
    // What is above the line "New" shows a little, so that it is plain that there is more.
    scrollPaddingStart: 56,
    paddingEnd: 4,
  });

  // What changes its height above the fold moves nothing that is being read, whichever way one was scrolling.
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item, _delta, { itemSizeCache, scrollOffset }) =>
    (itemSizeCache.has(item.key) ? item.end : item.start + 1) <= (scrollOffset ?? 0);

  const scrollToEnd = useCallback(() => virtualizer.scrollToEnd(), [virtualizer]);

  useLayoutEffect(() => {
    const start = startIndex(latest.current.rows, readSeq);
    if (start === null) virtualizer.scrollToEnd();
    else virtualizer.scrollToIndex(start, { align: "start" });
    const frame = requestAnimationFrame(() => requestAnimationFrame(() => setSettled(true)));
    return () => cancelAnimationFrame(frame);
    // Once, with what was unread then.
  }, [virtualizer]);

  const look = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    setAtEnd(isAtEnd(element));
    const { hasOlder: older, loadingOlder: loading, error } = latest.current.snapshot;
    if (older && !loading && error === null && wantsOlder(element)) void handle.loadOlder();
  }, [handle]);

  // A composer that grows takes its room from the timeline: the end stays in view for those who are there.
  const pinned = useRef(atEnd);
  pinned.current = atEnd;
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (pinned.current) virtualizer.scrollToEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [virtualizer]);

  useEffect(() => {
    if (settled) look();
  }, [settled, look, rows, hasOlder, loadingOlder]);

  // Writing something brings the writer to the end; nothing else does that happens while reading further up.
  const last = rows.at(-1)?.message;
  const sendingKey = last !== undefined && last.delivery === "sending" ? last.key : null;
  useLayoutEffect(() => {
    if (sendingKey === null) return;
    setReadSeq(null);
    virtualizer.scrollToEnd();
  }, [sendingKey, virtualizer]);

  const newest = newestSeq(messages);
  useEffect(() => {
    if (!settled) return;
    if (atEnd && attentive) {
      handle.markRead();
      setSeenSeq(newest);
    } else if (atEnd && newest > seenSeq) {
      setReadSeq(seenSeq);
    }
  }, [handle, settled, atEnd, attentive, newest, seenSeq]);

  const jumpTo = useCallback(
    async (id: string) => {
      const find = () => latest.current.rows.findIndex((row) => row.message.id === id);
      for (let page = 0; find() === -1 && latest.current.snapshot.hasOlder && page < MOST_PAGES; page++) {
        await handle.loadOlder();
        if (latest.current.snapshot.error !== null) return;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      const index = find();
      const key = latest.current.rows[index]?.message.key;
      if (key === undefined) return;
      virtualizer.scrollToIndex(index, { align: "center" });
      setHighlighted(key);
      setActiveKey(key);
      window.setTimeout(() => setHighlighted((now) => (now === key ? null : now)), HIGHLIGHT_MS);
    },
    [handle, virtualizer],
  );
  useImperativeHandle(controls, () => ({ jumpTo: (id) => void jumpTo(id) }), [jumpTo]);

  const editingIndex = rows.findIndex((row) => row.message.key === editing);
  useEffect(() => {
    if (editingIndex !== -1) virtualizer.scrollToIndex(editingIndex, { align: "auto" });
    // Only when editing begins: not whenever the row's index changes.
  }, [editing, virtualizer]);

  function onKeyDown(event: KeyboardEvent) {
    const article = (event.target as HTMLElement).closest("article");
    if (article !== event.target || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    const index = rows.findIndex((row) => row.message.key === stop) + (event.key === "ArrowUp" ? -1 : 1);
    const row = rows[index];
    if (!row) return;
    setActiveKey(row.message.key);
    virtualizer.scrollToIndex(index, { align: "auto" });
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"] article`)?.focus({ preventScroll: true }),
    );
  }

  // One stop for the Tab key: the message that had the focus last, else the newest.
  const stop = rows.some((row) => row.message.key === activeKey) ? activeKey : (last?.key ?? null);
  const newCount = atEnd ? 0 : countNew(messages, seenSeq, me.id);
  const seenLine = useSeenLine(snapshot, nameOf);
  const items = virtualizer.getVirtualItems();

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        onScroll={look}
        role="log"
        aria-live="off"
        aria-label="Messages"
        aria-busy={loadingOlder}
        onKeyDown={onKeyDown}
        className="flex h-full flex-col overflow-x-hidden overflow-y-auto overscroll-contain [overflow-anchor:none]"
      >
        <div className="relative mt-auto w-full shrink-0" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index]!;
            return (
              <div
                key={item.key}
                data-index={item.index}
                ref={virtualizer.measureElement}
                onFocus={() => setActiveKey(row.message.key)}
                className="absolute top-0 left-0 w-full"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {item.index === 0 && !hasOlder && <Beginning />}
                {row.day !== null && <DayLine time={row.day} />}
                {row.unread && <UnreadLine />}
                <MessageRow
                  handle={handle}
                  message={row.message}
                  head={row.head}
                  note={row.note}
                  inThread={false}
                  nameOf={nameOf}
                  seen={showsMark(row, me.id) ? seenBy(row.message, readers) : null}
                  moderator={moderator}
                  active={row.message.key === stop}
                  editing={row.message.key === editing}
                  highlighted={row.message.key === highlighted}
                  actions={actions}
                />
                {item.index === rows.length - 1 && seenLine !== "" && (
                  <p className="pr-4 pl-15 text-2xs text-ink-faint">{seenLine}</p>
                )}
              </div>
            );
          })}
        </div>
      </div>
      <OlderState snapshot={snapshot} onRetry={() => void handle.loadOlder()} />
      {settled && !atEnd && (
        <button
          type="button"
          data-testid="jump-to-end"
          onClick={scrollToEnd}
          className={
            newCount > 0
              ? "absolute bottom-2 left-1/2 flex h-8 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3.5 text-sm font-medium text-accent-ink shadow-pop"
              : "absolute right-4 bottom-2 flex size-8 items-center justify-center rounded-full border border-line bg-raised text-ink-soft shadow-pop hover:text-ink"
          }
        >
          <ArrowDown size={15} aria-hidden />
          {newCount > 0 ? (newCount === 1 ? "1 new message" : `${newCount} new messages`) : <span className="sr-only">To the newest message</span>}
        </button>
      )}
      <Announcer snapshot={snapshot} nameOf={nameOf} />
    </div>
  );
}

function showsMark(row: Row, me: string): boolean {
  return row.message.sender_id === me && row.tail && !row.note;
}

/** "Seen by ..." under the newest message, when it is an own one. */
function useSeenLine(snapshot: ConversationSnapshot, nameOf: NameOf): string {
  const { me } = useApp();
  const last = snapshot.messages.at(-1);
  if (!last || last.sender_id !== me.id || last.deleted) return "";
  const seen = seenBy(last, snapshot.readers);
  if (seen.length === 0) return "";
  if (snapshot.info?.kind === "direct") return "Seen";
  const everybody = snapshot.info !== null && seen.length >= snapshot.info.member_count - 1 && seen.length > 2;
  return everybody ? "Seen by everyone" : `Seen by ${listNames(seen.map(nameOf), 4)}`;
}

function DayLine({ time }: { time: string }) {
  return (
    <div role="separator" className="flex items-center gap-3 px-4 pt-4 pb-1 text-xs font-medium text-ink-soft">
      <span aria-hidden className="h-px flex-1 bg-line" />
      {dayName(time, Date.now())}
      <span aria-hidden className="h-px flex-1 bg-line" />
    </div>
  );
}

function UnreadLine() {
  return (
    <div role="separator" data-testid="unread-divider" className="flex items-center gap-2 px-4 pt-2 text-xs font-semibold text-accent">
      <span aria-hidden className="h-px flex-1 bg-accent" />
      New
    </div>
  );
}

function Beginning() {
  return <p className="px-4 pt-6 text-center text-xs text-ink-faint">This is where the conversation begins.</p>;
}

function OlderState({ snapshot, onRetry }: { snapshot: ConversationSnapshot; onRetry: () => void }) {
  const pill =
    "absolute top-2 left-1/2 flex h-7 -translate-x-1/2 items-center gap-2 rounded-full border border-line bg-raised px-3 text-xs text-ink-soft shadow-pop";
  if (snapshot.loadingOlder) {
    return (
      <div role="status" className={pill}>
        Loading older messages…
      </div>
    );
  }
  if (snapshot.error === null || snapshot.status !== "ready") return null;
  return (
    <div role="alert" className={pill}>
      {snapshot.error.userMessage}
      <button type="button" className="rounded font-medium text-accent underline" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** Says new messages of others to those who listen rather than look. */
function Announcer({ snapshot, nameOf }: { snapshot: ConversationSnapshot; nameOf: NameOf }) {
  const { me } = useApp();
  const [from] = useState(() => newestSeq(snapshot.messages));
  const last = snapshot.messages.findLast((message) => message.delivery === "sent");
  const worth = last !== undefined && last.seq > from && last.sender_id !== me.id;
  return (
    <div aria-live="polite" className="sr-only">
      {worth ? `${nameOf(last.sender_id)}: ${gist(last)}` : ""}
    </div>
  );
}
