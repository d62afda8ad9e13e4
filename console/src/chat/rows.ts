// From messages to the rows of the timeline: which begin a day, which begin what is unread, and which continue the row above.
// A row is always keyed by its message, so that the scroll position can hold on to it while others come and go around it.
import type { MessageView } from "@tutti/client";
import { dayOf } from "../ui/time";

export interface Row {
  message: MessageView;
  /** The time to name the day by, when the row begins one. */
  day: string | null;
  /** Whether the line "New" goes above the row. */
  unread: boolean;
  /** Whether the row says who and when; the rows below it by the same person do not. */
  head: boolean;
  /** A reply in a thread, shown in short: the thread has all of it. */
  note: boolean;
  /** Whether the row is the last of its group. */
  tail: boolean;
}

const GROUP_GAP_MS = 5 * 60_000;

/**
 * The rows that can be shown. While there are older messages the oldest one is held back: what goes above it is not known
 * yet, and a row that lost its day or its name when they come would make everything below it jump.
 */
export function shownRows(rows: Row[], hasOlder: boolean): Row[] {
  return hasOlder && rows.length > 1 ? rows.slice(1) : rows;
}

/** Where reading begins: at the first unread message, at the top when even the oldest is unread, else (null) at the end. */
export function startIndex(rows: readonly Row[], readSeq: number | null): number | null {
  const first = rows.findIndex((row) => row.unread);
  if (first !== -1) return first;
  const oldest = rows[0]?.message;
  return readSeq !== null && oldest !== undefined && oldest.delivery === "sent" && oldest.seq > readSeq ? 0 : null;
}

export function buildRows(messages: readonly MessageView[], readSeq: number | null, me: string): Row[] {
  const rows: Row[] = [];
  let dividerPlaced = readSeq === null;
  for (const message of messages) {
    const above = rows.at(-1);
    const newDay = !above || dayOf(above.message.created_at) !== dayOf(message.created_at);
    const unread =
      !dividerPlaced && readSeq !== null && message.seq > readSeq && message.sender_id !== me && message.delivery === "sent";
    dividerPlaced ||= unread;
    const note = message.thread_id !== null;
    const head = newDay || unread || note || message.reply_to !== null || !above || !continues(above, message);
    if (above) above.tail = head;
    rows.push({ message, day: newDay ? message.created_at : null, unread, head, note, tail: true });
  }
  return rows;
}

function continues(above: Row, message: MessageView): boolean {
  return (
    !above.note &&
    above.message.sender_id === message.sender_id &&
    above.message.deleted === message.deleted &&
    Date.parse(message.created_at) - Date.parse(above.message.created_at) < GROUP_GAP_MS
  );
}

/** A first guess at a row's height, before it has been on the screen. */
export function guessHeight(row: Row): number {
  const lines = row.message.message.split("\n").reduce((sum, line) => sum + 1 + Math.floor(line.length / 90), 0);
  const extras = row.message.attachments.length * 52 + (row.message.reactions.length > 0 ? 30 : 0);
  return (row.head ? 30 : 4) + (row.note ? 0 : lines * 20) + extras + (row.day !== null ? 44 : 0) + (row.unread ? 28 : 0);
}
