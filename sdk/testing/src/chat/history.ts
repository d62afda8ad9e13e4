// Pages of messages, newest first: of a whole conversation or of one thread.

import type { GetHistory, MessagePage } from "@tutti/client";
import { pageSize } from "../pages";
import { invalid, notFound } from "../refusal";
import type { ChatState, Room } from "./state";
import { viewMessage } from "./views";

/** A page of messages; `has_more` speaks of the direction that was asked for. */
export function history(state: ChatState, viewer: string, query: GetHistory): MessagePage {
  const anchors = [query.before_id, query.after_id, query.around_id].filter((id) => id !== undefined);
  if (anchors.length > 1) throw invalid("before_id", "at most one of `before_id`, `after_id` and `around_id`");
  const size = pageSize(query.limit);
  const room = state.room(viewer, query.conversation_id);
  const line = lineOf(state, room, query.thread_id);
  const { start, end, has_more } = window(line, size, query, (id) => positionOf(state, room, line, id));
  const stored = line.slice(start, end).map((seq) => room.messages[seq - 1]).filter((one) => one !== undefined);
  return { messages: stored.reverse().map((one) => viewMessage(room, one, viewer)), has_more };
}

/** The `seq`s that are paged through. */
function lineOf(state: ChatState, room: Room, thread: string | undefined): number[] {
  if (thread === undefined) return room.messages.map(({ message }) => message.seq);
  const root = state.find(room, thread);
  if (root === undefined || root.message.thread_id !== null) throw notFound("message");
  return [root.message.seq, ...root.replies];
}

function positionOf(state: ChatState, room: Room, line: readonly number[], id: string): number {
  const seq = state.find(room, id)?.message.seq;
  const position = seq === undefined ? -1 : line.indexOf(seq);
  if (position < 0) throw notFound("message");
  return position;
}

function window(line: readonly number[], size: number, query: GetHistory, position: (id: string) => number): { start: number; end: number; has_more: boolean } {
  if (query.after_id !== undefined) {
    const start = position(query.after_id) + 1;
    const end = Math.min(start + size, line.length);
    return { start, end, has_more: end < line.length };
  }
  if (query.around_id !== undefined) return around(position(query.around_id), line.length, size);
  const end = query.before_id === undefined ? line.length : position(query.before_id);
  const start = Math.max(0, end - size);
  return { start, end, has_more: start > 0 };
}

/** Up to half the page newer, the rest older; where one side is short, the other fills the page. */
function around(position: number, length: number, size: number): { start: number; end: number; has_more: boolean } {
  const beyond = length - 1 - position;
  const older = Math.min(position, size - 1 - Math.min(Math.floor(size / 2), beyond, size - 1));
  const newer = Math.min(beyond, size - 1 - older);
  return { start: position - older, end: position + 1 + newer, has_more: position - older > 0 };
}
