// What writing and editing share: a text area as tall as its text (up to a bound in its style), and the length a text may have.
import { type RefObject, useLayoutEffect } from "react";

export function useAutosize(area: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "0px";
    element.style.height = `${element.scrollHeight}px`;
  }, [area, text]);
}

/** The bound the server puts on a text, counted as it counts: in Unicode characters. */
export const MAX_CHARS = 5000;

export function countChars(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
