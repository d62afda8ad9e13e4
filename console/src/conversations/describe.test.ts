// What a conversation is called and how its last message is previewed in the list.

import type { Conversation, Message } from "@tutti/client";
import { describe, expect, it } from "vitest";
import { previewOf, titleOf } from "./describe";

const names: Record<string, string> = { ada: "Ada Lovelace", grace: "Grace Hopper", me: "Mina Okafor" };
const nameOf = (id: string) => names[id] ?? id;

function conversation(patch: Partial<Conversation>): Conversation {
  const member = (user_id: string) => ({ user_id, name: null, role: "member" as const, joined_at: "", last_read_seq: 0 });
  return {
    id: "c",
    kind: "group",
    title: null,
    created_by: "me",
    created_at: "",
    updated_at: "",
    last_seq: 0,
    offset: 0,
    last_message: null,
    member_count: 3,
    members: [member("me"), member("ada"), member("grace")],
    role: "member",
    last_read_seq: 0,
    unread: 0,
    unread_mentions: 0,
    metadata: {},
    ...patch,
  };
}

function message(sender_id: string, text: string, patch: Partial<Message> = {}): Message {
  return {
    id: "m",
    conversation_id: "c",
    seq: 1,
    sender_id,
    message: text,
    client_id: null,
    created_at: "",
    edited_at: null,
    deleted: false,
    reply_to: null,
    thread_id: null,
    thread: null,
    mentions: [],
    reactions: [],
    attachments: [],
    metadata: {},
    ...patch,
  };
}

describe("titleOf", () => {
  it("calls a direct conversation by the other person and a nameless group by its people", () => {
    expect(titleOf(conversation({ kind: "direct" }), "me", nameOf)).toBe("Ada Lovelace");
    expect(titleOf(conversation({}), "me", nameOf)).toBe("Ada and Grace");
    expect(titleOf(conversation({ title: "Release" }), "me", nameOf)).toBe("Release");
  });
});

describe("previewOf", () => {
  it("says who wrote, except in a direct conversation", () => {
    const last_message = message("ada", "Two\nlines");
    expect(previewOf(conversation({ last_message }), "me", nameOf)).toBe("Ada: Two lines");
    expect(previewOf(conversation({ kind: "direct", last_message }), "me", nameOf)).toBe("Two lines");
    expect(previewOf(conversation({ last_message: message("me", "Hi") }), "me", nameOf)).toBe("You: Hi");
  });

  it("has words for messages without text", () => {
    const deleted = message("ada", "", { deleted: true });
    const file = message("ada", "", { attachments: [{ url: "https://x.example/a", name: "a.pdf" }] });
    expect(previewOf(conversation({ kind: "direct", last_message: deleted }), "me", nameOf)).toBe("Message deleted");
    expect(previewOf(conversation({ kind: "direct", last_message: file }), "me", nameOf)).toBe("a.pdf");
    expect(previewOf(conversation({}), "me", nameOf)).toBe("No messages yet");
  });
});
