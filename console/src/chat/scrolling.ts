// The arithmetic of the timeline's scrolling: where the end is, and when to fetch older messages. The virtualiser keeps the
// position itself.

/** Closer to the end than this counts as being there. */
export const END_THRESHOLD = 48;
/** Older messages are fetched while there is still this much to scroll through. */
const OLDER_MARGIN = 700;

export interface Viewport {
  scrollTop: number;
  scrollHeight: number;
  clientHeight: number;
}

export function isAtEnd({ scrollTop, scrollHeight, clientHeight }: Viewport): boolean {
  return scrollHeight - clientHeight - scrollTop <= END_THRESHOLD;
}

/** True near the top, and also when everything fits without scrolling. */
export function wantsOlder({ scrollTop, scrollHeight, clientHeight }: Viewport): boolean {
  return scrollTop < OLDER_MARGIN || scrollHeight <= clientHeight;
}
