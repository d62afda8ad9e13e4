// A feed on the screen, newest at the top: only what can be seen is drawn, and scrolling down holds the feed, so that
// nothing moves under the reader's eyes. What a row looks like is the caller's business.
import { useStore } from "@tutti/react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowUp, Pause, Play, Trash2 } from "lucide-react";
import { type ReactNode, useLayoutEffect, useRef } from "react";
import type { Feed, Row } from "../app/feed";
import { Button } from "./Button";
import { classes } from "./classes";

/** Farther from the top than this counts as reading. */
const TOP_THRESHOLD = 24;
const ESTIMATED_ROW_PX = 30;
const OVERSCAN = 8;

export function FeedList<T>({
  feed,
  rows,
  label,
  empty,
  children,
  className,
}: {
  feed: Feed<T>;
  /** The feed's rows, or those of them that are wanted. */
  rows: readonly Row<T>[];
  label: string;
  empty: ReactNode;
  children: (row: Row<T>) => ReactNode;
  className?: string;
}) {
  const { paused, held } = useStore(feed);
  const region = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => region.current,
    estimateSize: () => ESTIMATED_ROW_PX,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: OVERSCAN,
  });

  // What is read keeps its place while rows turn out to be taller than they were thought; what is live stays at the top.
  virtual.shouldAdjustScrollPositionOnItemSizeChange = () => paused;

  useLayoutEffect(() => {
    if (!paused) region.current?.scrollTo({ top: 0 });
  }, [paused]);

  return (
    <div className={classes("relative min-h-0", className)}>
      <div
        ref={region}
        role="region"
        aria-label={label}
        tabIndex={0}
        onScroll={(event) => {
          if (event.currentTarget.scrollTop > TOP_THRESHOLD) feed.pause();
        }}
        className="h-full overflow-y-auto overscroll-contain [overflow-anchor:none]"
      >
        {rows.length === 0 && empty}
        <ul aria-label={label} className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index];
            return (
              row && (
                <li
                  key={key}
                  ref={virtual.measureElement}
                  data-index={index}
                  aria-setsize={rows.length}
                  aria-posinset={index + 1}
                  style={{ transform: `translateY(${start}px)` }}
                  className="absolute inset-x-0 top-0 border-b border-line"
                >
                  {children(row)}
                </li>
              )
            );
          })}
        </ul>
      </div>
      {paused && held > 0 && (
        <button
          type="button"
          onClick={feed.resume}
          className="absolute top-2 left-1/2 flex h-8 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3.5 text-sm font-medium text-accent-ink shadow-pop"
        >
          <ArrowUp size={15} aria-hidden />
          {held} new
        </button>
      )}
    </div>
  );
}

/** Holding the feed back, letting it go on, and emptying it. */
export function FeedControls<T>({ feed }: { feed: Feed<T> }) {
  const { paused } = useStore(feed);
  return (
    <>
      <Button size="small" aria-pressed={paused} onClick={paused ? feed.resume : feed.pause}>
        {paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
        {paused ? "Go on" : "Pause"}
      </Button>
      <Button size="small" onClick={feed.clear}>
        <Trash2 size={14} aria-hidden />
        Clear
      </Button>
    </>
  );
}
