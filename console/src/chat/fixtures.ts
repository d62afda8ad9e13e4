// Messages for the tests of this folder.
import type { MessageView } from "@tutti/client";

export function view(seq: number, patch: Partial<MessageView> = {}): MessageView {
  return {
    id: `m${seq}`,
    key: `m${seq}`,
    conversation_id: "c",
    seq,
    sender_id: "ada",
    message: `message ${seq}`,
    client_id: null,
    created_at: new Date(2026, 10, 21, 9, seq).toISOString(),
    edited_at: null,
    deleted: false,
    reply_to: null,
    thread_id: null,
    thread: null,
    mentions: [],
    reactions: [],
    attachments: [],
    metadata: {},
    delivery: "sent",
    failure: null,
    ...patch,
  };
}
