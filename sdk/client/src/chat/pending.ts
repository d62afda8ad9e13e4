// A message on its way: what the application gives, what the queue keeps, and what a view shows meanwhile. Pure.
// Leaves sending to the queue, and the place among the others to the timeline.

import type { Attachment } from "../generated/protocol";
import { randomId } from "../random-id";
import type { OutboxEntry } from "../storage/storage";
import type { MessageView } from "./timeline";

/** A message as it is written: `message` is its text, up to the server's `max_message_chars`. */
export interface Draft {
  message: string;
  reply_to?: string;
  thread_id?: string;
  mentions?: string[];
  attachments?: Attachment[];
  metadata?: Record<string, unknown>;
}

/** A draft with the client_id under which it is sent, however often. */
export function entryOf(conversationId: string, draft: Draft, now: number): OutboxEntry {
  return { clientId: randomId(), conversationId, draft, createdAt: now };
}

/** The entry that `viewOf` made this view of. */
export function entryOfView(view: MessageView): OutboxEntry {
  return { clientId: view.key, conversationId: view.conversation_id, draft: draftOf(view), createdAt: Date.parse(view.created_at) };
}

export function viewOf({ clientId, conversationId, draft, createdAt }: OutboxEntry, me: string): MessageView {
  return {
    id: clientId,
    conversation_id: conversationId,
    seq: 0,
    sender_id: me,
    message: draft.message,
    client_id: clientId,
    created_at: new Date(createdAt).toISOString(),
    edited_at: null,
    deleted: false,
    reply_to: draft.reply_to ?? null,
    thread_id: draft.thread_id ?? null,
    thread: null,
    mentions: draft.mentions ?? [],
    reactions: [],
    attachments: draft.attachments ?? [],
    metadata: draft.metadata ?? {},
    delivery: "sending",
    failure: null,
    key: clientId,
  };
}

function draftOf(view: MessageView): Draft {
  return {
    message: view.message,
    mentions: view.mentions,
    attachments: view.attachments,
    metadata: view.metadata,
    ...(view.reply_to === null ? {} : { reply_to: view.reply_to }),
    ...(view.thread_id === null ? {} : { thread_id: view.thread_id }),
  };
}
