// Which frames are events of a conversation, and of which one. Leaves their order to gap.ts and their meaning to the reducers.

import type { ServerFrame } from "../generated/protocol";

/** A change of a conversation, as a push or as the reply to the one who made it. */
export type ConversationEvent = Extract<ServerFrame, {
  type:
    | "message" | "message_sent" | "message_edited" | "message_deleted" | "reaction_added" | "reaction_removed"
    | "read_receipt" | "conversation_created" | "conversation_updated" | "conversation_deleted"
    | "member_added" | "member_updated" | "member_removed";
}>;

/** The events a frame stands for: one, or for `read_receipt_ok` one per conversation it touched. */
export function eventsIn(frame: ServerFrame): ConversationEvent[] {
  switch (frame.type) {
    case "message":
    case "message_sent":
    case "message_edited":
    case "message_deleted":
    case "reaction_added":
    case "reaction_removed":
    case "read_receipt":
    case "conversation_created":
    case "conversation_updated":
    case "conversation_deleted":
    case "member_added":
    case "member_updated":
    case "member_removed":
      return [frame];
    case "read_receipt_ok":
      // Without offsets: the same positions also come as pushes, which have them.
      return frame.conversations.map((position) => ({ type: "read_receipt", ...position }));
    default:
      return [];
  }
}

export function conversationOf(event: ConversationEvent): string {
  if ("conversation_id" in event) return event.conversation_id;
  return "message" in event ? event.message.conversation_id : event.conversation.id;
}
