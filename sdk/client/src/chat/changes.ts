// What an event makes of a conversation as its member sees it: preview, unread counts, members, names. Pure.
// Leaves to conversations.ts what to do when the arithmetic is not certain (ask the server).

import type { Conversation, Member, Message, ReadPosition } from "../generated/protocol";
import type { ConversationEvent } from "./events";

export interface Changed {
  conversation: Conversation;
  /** false: the unread counts must be asked for. */
  certain: boolean;
}

/** The server lists at most this many members in a conversation. */
const MOST_MEMBERS = 20;

export function applyEvent(conversation: Conversation, event: ConversationEvent, me: string | null): Changed {
  const changed = change(conversation, event, me);
  return event.offset === undefined ? changed : { ...changed, conversation: { ...changed.conversation, offset: event.offset } };
}

function change(conversation: Conversation, event: ConversationEvent, me: string | null): Changed {
  switch (event.type) {
    case "message":
    case "message_sent":
      return sure(withMessage(conversation, event.message, me));
    case "message_edited":
      return sure(conversation.last_message?.id === event.message.id ? { ...conversation, last_message: event.message } : conversation);
    case "message_deleted":
      return withoutMessage(conversation, event.message_id, me);
    case "read_receipt":
      return withRead(conversation, event, me);
    case "conversation_created":
    case "conversation_updated":
      return sure({ ...conversation, title: event.conversation.title, metadata: event.conversation.metadata });
    case "member_added":
      return sure({ ...withMember(conversation, event.member, me), member_count: conversation.member_count + 1 });
    case "member_updated":
      return sure(withMember(conversation, event.member, me));
    case "member_removed":
      return sure(withoutMember(conversation, event.user_id));
    case "reaction_added":
    case "reaction_removed":
    case "conversation_deleted":
      return sure(conversation);
  }
}

/** The caller has read up to here, as far as can be said without asking. */
export function applyOwnRead(conversation: Conversation, seq: number, me: string | null): Changed {
  if (seq <= conversation.last_read_seq) return sure(conversation);
  const members = me === null ? conversation.members : withMemberRead(conversation.members, me, seq);
  const read = { ...conversation, members, last_read_seq: seq };
  if (seq >= conversation.last_seq) return sure({ ...read, unread: 0, unread_mentions: 0 });
  return { conversation: read, certain: conversation.unread === 0 };
}

function sure(conversation: Conversation): Changed {
  return { conversation, certain: true };
}

function withMessage(conversation: Conversation, message: Message, me: string | null): Conversation {
  if (message.seq <= conversation.last_seq) return conversation;
  const counts = countsAsUnread(message, conversation, me);
  return {
    ...conversation,
    last_seq: message.seq,
    last_message: message,
    updated_at: message.created_at > conversation.updated_at ? message.created_at : conversation.updated_at,
    unread: conversation.unread + (counts ? 1 : 0),
    unread_mentions: conversation.unread_mentions + (counts && me !== null && message.mentions.includes(me) ? 1 : 0),
  };
}

function countsAsUnread(message: Message, conversation: Conversation, me: string | null): boolean {
  return message.sender_id !== me && !message.deleted && message.seq > conversation.last_read_seq;
}

function withoutMessage(conversation: Conversation, messageId: string, me: string | null): Changed {
  const last = conversation.last_message;
  if (last?.id !== messageId) return { conversation, certain: conversation.unread === 0 };
  if (last.deleted) return sure(conversation);
  const counted = countsAsUnread(last, conversation, me);
  return sure({
    ...conversation,
    last_message: emptied(last),
    unread: Math.max(0, conversation.unread - (counted ? 1 : 0)),
    unread_mentions: Math.max(0, conversation.unread_mentions - (counted && me !== null && last.mentions.includes(me) ? 1 : 0)),
  });
}

/** A deleted message keeps its place without its content. */
export function emptied<M extends Message>(message: M): M {
  return { ...message, deleted: true, message: "", mentions: [], reactions: [], attachments: [], metadata: {} };
}

function withRead(conversation: Conversation, position: ReadPosition, me: string | null): Changed {
  if (position.user_id === me) return applyOwnRead(conversation, position.last_read_seq, me);
  return sure({ ...conversation, members: withMemberRead(conversation.members, position.user_id, position.last_read_seq) });
}

function withMemberRead(members: readonly Member[], userId: string, seq: number): Member[] {
  return members.map((member) => (member.user_id === userId && seq > member.last_read_seq ? { ...member, last_read_seq: seq } : member));
}

function withMember(conversation: Conversation, member: Member, me: string | null): Conversation {
  const role = member.user_id === me ? member.role : conversation.role;
  if (conversation.members.some((other) => other.user_id === member.user_id)) {
    return { ...conversation, role, members: conversation.members.map((other) => (other.user_id === member.user_id ? member : other)) };
  }
  const room = conversation.members.length < MOST_MEMBERS;
  return { ...conversation, role, members: room ? [...conversation.members, member] : conversation.members };
}

function withoutMember(conversation: Conversation, userId: string): Conversation {
  return {
    ...conversation,
    members: conversation.members.filter((member) => member.user_id !== userId),
    member_count: Math.max(0, conversation.member_count - 1),
  };
}
