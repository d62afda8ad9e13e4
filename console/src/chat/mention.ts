// Mentions while writing: what is being looked for after an "@", putting a name in its place, and whom a text mentions.
import { findMentions } from "./text";

export interface MentionQuery {
  /** Where the "@" stands. */
  start: number;
  /** What was written after it, up to the caret. */
  query: string;
}

export interface Mentionable {
  id: string;
  name: string;
}

/** The mention that is being written at the caret, if there is one. */
export function mentionAt(text: string, caret: number): MentionQuery | null {
  const match = /(?:^|[\s(])@([\p{L}\p{N}_.-]{0,30})$/u.exec(text.slice(0, caret));
  if (!match) return null;
  const query = match[1] ?? "";
  return { start: caret - query.length - 1, query };
}

/** People any word of whose name, or whose id, starts as the query does. */
export function matching(people: readonly Mentionable[], query: string): Mentionable[] {
  const wanted = query.toLocaleLowerCase();
  return people.filter(({ id, name }) =>
    [id, ...name.split(/\s+/)].some((word) => word.toLocaleLowerCase().startsWith(wanted)),
  );
}

export function insertMention(text: string, { start, query }: MentionQuery, name: string): { text: string; caret: number } {
  const before = `${text.slice(0, start)}@${name} `;
  const rest = text.slice(start + 1 + query.length);
  return { text: before + rest.replace(/^ /, ""), caret: before.length };
}

/** Whom a text mentions. Where two people share a name, those who were picked from the list are meant. */
export function mentionedIds(text: string, people: readonly Mentionable[], picked: ReadonlySet<string>): string[] {
  const ids = new Set<string>();
  for (const { name } of findMentions(text, people.map((person) => person.name))) {
    const same = people.filter((person) => person.name === name);
    const meant = same.filter(({ id }) => picked.has(id));
    for (const { id } of meant.length > 0 ? meant : same) ids.add(id);
  }
  return [...ids];
}
