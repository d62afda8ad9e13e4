// A list that the server gives page by page, shown as far as it was asked for and kept fresh.
import { useStore } from "@tutti/react";
import type { PageQuery } from "@tutti/client";
import { useMemo } from "react";
import { Poll, type Polled } from "../app/poll";

/** How often a list or a page about one thing is asked for again. */
export const FRESH_MS = 5000;
/** The most that the server puts on a page. */
const PAGE_SIZE = 100;
/** More than this nobody reads: a filter finds it sooner. */
export const MOST_PAGES = 5;

export interface Page<T> {
  items: readonly T[];
  next_cursor: string | null;
}

export interface Listed<T> {
  items: readonly T[];
  hasMore: boolean;
}

export type LoadPage<T> = (page: PageQuery) => Promise<Page<T>>;

/** The first so many pages as one list. */
export async function firstPages<T>(load: LoadPage<T>, pages: number): Promise<Listed<T>> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pages; page += 1) {
    const { items: more, next_cursor }: Page<T> = await load({ limit: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) });
    items.push(...more);
    cursor = next_cursor;
    if (cursor === null) break;
  }
  return { items, hasMore: cursor !== null };
}

export interface PagedList<T> {
  list: Polled<Listed<T>>;
  refresh: () => Promise<void>;
  /** Shows one page more; null when so much is shown that only a narrower question helps. */
  more: (() => void) | null;
}

/** `load` must stay the same function for the same question. */
export function usePages<T>(load: LoadPage<T>): PagedList<T> {
  const paged = useMemo(() => {
    const shown = { pages: 1 };
    return { shown, poll: new Poll(() => firstPages(load, shown.pages), FRESH_MS) };
  }, [load]);
  const list = useStore(paged.poll);
  const more = () => {
    paged.shown.pages += 1;
    void paged.poll.refresh();
  };
  return { list, refresh: paged.poll.refresh, more: paged.shown.pages < MOST_PAGES ? more : null };
}

/** One thing, kept fresh. `ask` must stay the same function for the same question. */
export function useFresh<T>(ask: () => Promise<T>): Polled<T> & { refresh: () => Promise<void> } {
  const poll = useMemo(() => new Poll(ask, FRESH_MS), [ask]);
  return { ...useStore(poll), refresh: poll.refresh };
}
