// Read positions, and what is unread after them. Leaves the rest of a conversation to the modules beside it.

import type { MarkRead, ReadPosition, ReadReceipt, Unread } from "@tutti/client";
import { notFound, over, unclear } from "../refusal";
import { CHAT_LIMITS } from "./bounds";
import { type Actor, type ChatState, type Room, type Seat, standing } from "./state";

/** What a seat has not read: messages of others after the position, deleted ones left out. */
export function unreadIn(room: Room, user: string, seat: Seat): { unread: number; mentions: number } {
  const after = room.messages.slice(seat.lastReadSeq).map(({ message }) => message).filter((message) => message.sender_id !== user);
  return {
    unread: after.filter((message) => !message.deleted).length,
    mentions: after.filter((message) => message.mentions.includes(user)).length,
  };
}

/** All that a user has not read, the most recently active conversation first. */
export function unreadOf(state: ChatState, user: string): Unread {
  const rooms = state.roomsOf(user).sort((a, b) => standing(b) - standing(a));
  const conversations = rooms.map((room) => {
    const seat = state.seat(room, user);
    return { conversation_id: room.info.id, ...unreadIn(room, user, seat), last_read_seq: seat.lastReadSeq };
  }).filter((room) => room.unread > 0);
  const sum = (of: (room: (typeof conversations)[number]) => number): number => conversations.reduce((total, room) => total + of(room), 0);
  return { total: sum((room) => room.unread), mentions: sum((room) => room.mentions), conversations };
}

/** Takes a read receipt of either form. Positions only ever move forward. */
export function receipt(state: ChatState, by: Actor, body: ReadReceipt): ReadPosition[] {
  const ids = body.message_ids ?? [];
  if (ids.length > 0 && body.conversation_id === undefined && body.message_id === undefined) return readMany(state, by, ids);
  if (ids.length === 0 && body.conversation_id !== undefined && body.message_id !== undefined) {
    return [markRead(state, by, body.conversation_id, { message_id: body.message_id })];
  }
  throw unclear("message_ids", "either `message_ids`, or `conversation_id` and `message_id`");
}

/** Everything up to a message, or everything. */
export function markRead(state: ChatState, by: Actor, id: string, { message_id }: MarkRead): ReadPosition {
  const room = state.room(by.user, id);
  const stored = message_id === undefined ? room.messages.at(-1) : state.find(room, message_id);
  if (message_id !== undefined && stored === undefined) throw notFound("message");
  return readUpto(state, by, room, stored?.message.seq ?? 0);
}

/** Messages that the caller cannot see are passed over. */
function readMany(state: ChatState, by: Actor, ids: readonly string[]): ReadPosition[] {
  if (ids.length > CHAT_LIMITS.receiptIds) throw over("message_ids", CHAT_LIMITS.receiptIds, "entries");
  const newest = new Map<Room, number>();
  for (const id of ids) {
    const place = state.places.get(id);
    if (place?.room.seats.has(by.user) === true) newest.set(place.room, Math.max(place.seq, newest.get(place.room) ?? 0));
  }
  const rooms = [...newest].sort(([a], [b]) => (a.info.id < b.info.id ? -1 : 1));
  return rooms.map(([room, seq]) => readUpto(state, by, room, seq));
}

function readUpto(state: ChatState, by: Actor, room: Room, seq: number): ReadPosition {
  const seat = state.seat(room, by.user);
  const moves = seq > seat.lastReadSeq;
  if (moves) seat.lastReadSeq = seq;
  const last_read_id = room.messages[seat.lastReadSeq - 1]?.message.id ?? "0";
  const position = { conversation_id: room.info.id, user_id: by.user, last_read_id, last_read_seq: seat.lastReadSeq };
  // The reader's own connection is told too: its reply can speak of many conversations and carries no offsets.
  if (moves) state.record(room, { ...by, connection: null }, () => ({ type: "read_receipt", ...position }));
  return position;
}
