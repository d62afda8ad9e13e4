// Pages: how many on one, and where the next one starts. Leaves to others what is on them.

import { invalid } from "./refusal";

const DEFAULT_PAGE = 20;
/** Most entries on a page. */
export const MAX_PAGE = 100;

/** The size of a page that was asked for; `validation_failed` when it is not 1 to 100. */
export function pageSize(asked: number | undefined): number {
  if (asked === undefined) return DEFAULT_PAGE;
  if (asked < 1 || asked > MAX_PAGE) throw invalid("limit", `\`limit\` is 1 to ${MAX_PAGE}`, MAX_PAGE);
  return asked;
}

/** The first of `items`, and the cursor of the page after them, if there is one. */
export function cut<T>(items: readonly T[], size: number, cursor: (item: T) => string): { items: T[]; next_cursor: string | null } {
  const kept = items.slice(0, size);
  const last = kept.at(-1);
  return { items: kept, next_cursor: items.length > size && last !== undefined ? cursor(last) : null };
}
