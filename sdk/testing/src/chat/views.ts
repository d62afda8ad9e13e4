// What members see: messages put together, conversations, and pages of them. Changes nothing.

import type { Conversation, ConversationPage, Member, MemberPage, Message, PageQuery, Reaction } from "@tutti/client";
import { rank } from "../ids";
import { cut, pageSize } from "../pages";
import { invalid } from "../refusal";
import { unreadIn } from "./reading";
import { type ChatState, type Room, type Seat, standing, type Stored } from "./state";
import { timestamp } from "../time";

const MAX_REACTION_USERS = 100;
const MAX_LISTED_MEMBERS = 20;

/** Display names, as far as they are known. */
export type Names = (user: string) => string | null;

/** A message as somebody sees it, or as everybody does. */
export function viewMessage(room: Room, stored: Stored, viewer: string | null): Message {
  const last = stored.replies.at(-1);
  const lastReply = last === undefined ? undefined : room.messages[last - 1];
  const thread = lastReply === undefined ? null : { reply_count: stored.replies.length, last_reply_at: lastReply.message.created_at };
  return { ...stored.message, thread, reactions: viewReactions(stored, viewer) };
}

function viewReactions(stored: Stored, viewer: string | null): Reaction[] {
  const byEmoji = new Map<string, string[]>();
  for (const { emoji, user } of stored.reactions) {
    const users = byEmoji.get(emoji) ?? [];
    byEmoji.set(emoji, users);
    if (user === viewer) users.unshift(user);
    else users.push(user);
  }
  return [...byEmoji].map(([emoji, users]) => ({ emoji, count: users.length, user_ids: users.slice(0, MAX_REACTION_USERS) }));
}

/** A member, with the display name where it is known. */
export function viewMember(user: string, seat: Seat, name: string | null): Member {
  return { user_id: user, name, role: seat.role, joined_at: timestamp(seat.joinedAt), last_read_seq: seat.lastReadSeq };
}

/** The longest-standing first; of those who joined at the same time, by id. */
function inOrder(room: Room): [string, Seat][] {
  return [...room.seats].sort(([left, a], [right, b]) => a.joinedAt - b.joinedAt || (left < right ? -1 : 1));
}

/** A conversation as a member sees it. */
export function viewRoom(room: Room, viewer: string, seat: Seat, names: Names): Conversation {
  const last = room.messages.at(-1);
  const unread = unreadIn(room, viewer, seat);
  return {
    ...room.info,
    created_by: room.createdBy,
    created_at: timestamp(room.createdAt),
    updated_at: timestamp(room.updatedAt),
    last_seq: room.messages.length,
    offset: room.offset,
    last_message: last === undefined ? null : viewMessage(room, last, viewer),
    member_count: room.seats.size,
    members: inOrder(room).slice(0, MAX_LISTED_MEMBERS).map(([user, held]) => viewMember(user, held, names(user))),
    role: seat.role,
    last_read_seq: seat.lastReadSeq,
    unread: unread.unread,
    unread_mentions: unread.mentions,
  };
}

/** A page of somebody's conversations, the most recently active first. */
export function listRooms(state: ChatState, viewer: string, page: PageQuery, names: Names): ConversationPage {
  const size = pageSize(page.limit);
  if (page.cursor !== undefined && rank(page.cursor) === 0) throw badCursor();
  const before = page.cursor === undefined ? Infinity : rank(page.cursor);
  const rooms = state.roomsOf(viewer).filter((room) => standing(room) < before).sort((a, b) => standing(b) - standing(a));
  const { items, next_cursor } = cut(rooms, size, (room) => String(standing(room)));
  return { conversations: items.map((room) => viewRoom(room, viewer, state.seat(room, viewer), names)), next_cursor };
}

/** A page of members. The cursor is the last one's place in their order. */
export function listMembers(room: Room, page: PageQuery, names: Names): MemberPage {
  const size = pageSize(page.limit);
  const [joinedAt, user] = page.cursor === undefined ? [-Infinity, ""] : readCursor(page.cursor);
  const after = inOrder(room).filter(([id, seat]) => seat.joinedAt > joinedAt || (seat.joinedAt === joinedAt && id > user));
  const { items, next_cursor } = cut(after, size, ([id, seat]) => `${seat.joinedAt}:${id}`);
  return { members: items.map(([id, seat]) => viewMember(id, seat, names(id))), next_cursor };
}

function readCursor(cursor: string): [number, string] {
  const [, at, user] = /^(\d+):(.*)$/su.exec(cursor) ?? [];
  if (at === undefined || user === undefined) throw badCursor();
  return [Number(at), user];
}

function badCursor(): Error {
  return invalid("cursor", "`cursor` is not one that this server gave");
}
