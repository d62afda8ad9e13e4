// Posting, editing, deleting and reacting. Leaves pages of messages to `history.ts` and read positions to `reading.ts`.

import type { Message, MessageDeleted, NewMessage, ReactionChanged } from "@tutti/client";
import { invalid, over, Refusal } from "../refusal";
import { CHAT_LIMITS, checkDraft, checkEmoji, checkText } from "./bounds";
import { checkDelete } from "./roles";
import { directOf, openDirect } from "./rooms";
import { type Actor, type ChatState, type Room, type Stored } from "./state";
import { viewMessage } from "./views";
import { timestamp } from "../time";

/** Where a message goes: to a user, or into a conversation. */
export type Target = { user: string } | { conversation: string };

/** What a change came to; no `offset` when nothing happened. */
export interface Changed<T> {
  value: T;
  offset?: number;
}

/** Stores a message, unless it was stored before under the same client id. */
export function post(state: ChatState, by: Actor, target: Target, draft: NewMessage): Changed<Message> & { duplicate: boolean } {
  checkDraft(draft);
  const key = JSON.stringify(["message", by.user, draft.client_id]);
  const before = draft.client_id === undefined ? undefined : state.places.get(state.made.get(key) ?? "");
  const stored = before?.room.messages[before.seq - 1];
  if (before !== undefined && stored !== undefined) return { value: viewMessage(before.room, stored, by.user), duplicate: true };
  const mentions = [...new Set(draft.mentions ?? [])].sort();
  const room = roomFor(state, by, target, draft, mentions);
  const added = store(state, room, by.user, { ...draft, mentions });
  if (draft.client_id !== undefined) state.made.set(key, added.message.id);
  const { offset } = state.record(room, by, () => ({ type: "message", message: viewMessage(room, added, null) }));
  return { value: viewMessage(room, added, by.user), offset, duplicate: false };
}

/** The conversation of a target; a direct one is made only once the draft is known to be good. */
function roomFor(state: ChatState, by: Actor, target: Target, draft: NewMessage, mentions: readonly string[]): Room {
  if ("conversation" in target) {
    const room = state.room(by.user, target.conversation);
    checkReferences(state, draft, room);
    checkMentions(mentions, (user) => room.seats.has(user));
    return room;
  }
  checkReferences(state, draft, directOf(state, by.user, target.user));
  checkMentions(mentions, (user) => user === by.user || user === target.user);
  return openDirect(state, by, target.user);
}

function checkReferences(state: ChatState, draft: NewMessage, room: Room | undefined): void {
  const found = (id: string): Stored | undefined => (room === undefined ? undefined : state.find(room, id));
  if (draft.reply_to !== undefined && found(draft.reply_to) === undefined) throw invalid("reply_to", "`reply_to` is no message of this conversation");
  if (draft.thread_id !== undefined && found(draft.thread_id)?.message.thread_id !== null) {
    throw invalid("thread_id", "`thread_id` is no message of this conversation, or itself in a thread");
  }
}

function checkMentions(mentions: readonly string[], isMember: (user: string) => boolean): void {
  if (!mentions.every(isMember)) throw invalid("mentions", "only members can be mentioned");
}

function store(state: ChatState, room: Room, sender: string, draft: NewMessage & { mentions: string[] }): Stored {
  const [id, seq] = [state.ids.next(), room.messages.length + 1];
  const message: Message = {
    id, conversation_id: room.info.id, seq, sender_id: sender, message: draft.message, client_id: draft.client_id ?? null,
    created_at: timestamp(state.clock.now()), edited_at: null, deleted: false, reply_to: draft.reply_to ?? null, thread_id: draft.thread_id ?? null,
    thread: null, mentions: draft.mentions, reactions: [], attachments: draft.attachments ?? [], metadata: draft.metadata ?? {},
  };
  const stored: Stored = { message, reactions: [], replies: [] };
  room.messages.push(stored);
  state.places.set(id, { room, seq });
  if (message.thread_id !== null) state.find(room, message.thread_id)?.replies.push(seq);
  return stored;
}

/** Replaces the text of an own message. */
export function edit(state: ChatState, by: Actor, id: string, text: string): Changed<Message> {
  checkText(text);
  const { room, stored } = state.message(by.user, id);
  if (stored.message.sender_id !== by.user) throw new Refusal("forbidden", "only the sender can edit a message");
  checkStands(stored);
  stored.message = { ...stored.message, message: text, edited_at: timestamp(state.clock.now()) };
  const { offset } = state.record(room, by, () => ({ type: "message_edited", message: viewMessage(room, stored, null) }));
  return { value: viewMessage(room, stored, by.user), offset };
}

/** Empties a message; its place stays. */
export function remove(state: ChatState, by: Actor, id: string): Changed<MessageDeleted> {
  const { room, stored } = state.message(by.user, id);
  checkDelete(room, stored.message.sender_id === by.user, state.seat(room, by.user).role);
  const value = { message_id: id, conversation_id: room.info.id };
  if (stored.message.deleted) return { value };
  stored.message = { ...stored.message, deleted: true, message: "", attachments: [], metadata: {}, mentions: [] };
  stored.reactions = [];
  return { value, offset: state.record(room, by, () => ({ type: "message_deleted", ...value })).offset };
}

/** Adds a reaction, or takes it back. */
export function react(state: ChatState, by: Actor, id: string, emoji: string, on: boolean): Changed<ReactionChanged> {
  checkEmoji(emoji);
  const { room, stored } = state.message(by.user, id);
  const changes = stored.reactions.some((one) => one.emoji === emoji && one.user === by.user) !== on;
  if (changes && on) addReaction(stored, emoji, by.user);
  if (changes && !on) stored.reactions = stored.reactions.filter((one) => one.emoji !== emoji || one.user !== by.user);
  const count = stored.reactions.filter((one) => one.emoji === emoji).length;
  const value = { conversation_id: room.info.id, message_id: id, user_id: by.user, emoji, count };
  if (!changes) return { value };
  return { value, offset: state.record(room, by, () => ({ type: on ? "reaction_added" : "reaction_removed", ...value })).offset };
}

function addReaction(stored: Stored, emoji: string, user: string): void {
  checkStands(stored);
  const others = new Set(stored.reactions.map((one) => one.emoji).filter((one) => one !== emoji));
  if (others.size >= CHAT_LIMITS.emoji) throw over("emoji", CHAT_LIMITS.emoji, "different ones on a message");
  stored.reactions.push({ emoji, user });
}

function checkStands(stored: Stored): void {
  if (stored.message.deleted) throw new Refusal("conflict", "the message was deleted");
}
