// Wire objects for tests, with everything that a test does not care about filled in.

import type { Conversation, Member, Message, ServerFrame, Welcome } from "../../src/index";

export const LIMITS = {
  max_frame_bytes: 65536, max_message_chars: 5000, max_attachments: 30, max_mentions: 100,
  max_receipt_ids: 200, max_members: 1000, max_presence_subscriptions: 500, max_page: 100,
};

export function welcome(over: Partial<Welcome> = {}): Extract<ServerFrame, { type: "welcome" }> {
  return {
    type: "welcome", protocol: 1, connection_id: "c1", user: { id: "alice", name: "Alice" }, server_time: "2026-01-01T00:00:00.000Z",
    heartbeat_ms: 30000, resumed: false, reset: [], since: "0", limits: LIMITS, ...over,
  };
}

export function message(seq: number, over: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`, conversation_id: "room", seq, sender_id: "bob", message: `text ${seq}`, client_id: null,
    created_at: new Date(Date.parse("2026-01-01T00:00:00.000Z") + seq * 1000).toISOString(), edited_at: null, deleted: false,
    reply_to: null, thread_id: null, thread: null, mentions: [], reactions: [], attachments: [], metadata: {}, ...over,
  };
}

export function member(user: string, over: Partial<Member> = {}): Member {
  return { user_id: user, name: user, role: "member", joined_at: "2026-01-01T00:00:00.000Z", last_read_seq: 0, ...over };
}

export function conversation(id = "room", over: Partial<Conversation> = {}): Conversation {
  return {
    id, kind: "group", title: id, created_by: "alice", created_at: "2026-01-01T00:00:00.000Z", updated_at: "2026-01-01T00:00:00.000Z",
    last_seq: 0, offset: 0, last_message: null, member_count: 2, members: [member("alice"), member("bob")], role: "owner",
    last_read_seq: 0, unread: 0, unread_mentions: 0, metadata: {}, ...over,
  };
}

/** A JWT in form, not in signature. */
export function jwt(claims: Record<string, unknown>): string {
  return `e30.${btoa(JSON.stringify(claims)).replaceAll("=", "")}.x`;
}
