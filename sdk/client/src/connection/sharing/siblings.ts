// What the other tabs are told when one tab's request changed something. The server pushes a change to every connection but
// the one that made it, which has the reply; tabs that share that connection get from the reply the push that they would
// have had. It has the change's `offset` and, as a reply, no `event_id`: nobody resumes from it.

import type { ServerFrame } from "../../generated/protocol";

/** The push that a reply stands for; null if others learn nothing from it, or are pushed it anyway. */
export function siblingPush({ ref: _, ...reply }: ServerFrame): ServerFrame | null {
  switch (reply.type) {
    case "message_sent":
      return happened(reply) ? { type: "message", message: reply.message, offset: reply.offset } : null;
    case "message_edited":
    case "message_deleted":
    case "reaction_added":
    case "reaction_removed":
      return happened(reply) ? reply : null;
    case "presence_set_ok":
      return reply;
    default:
      // Read positions are pushed to the reader's own connection too.
      return null;
  }
}

/** Without an offset it is the answer to a repeat: nothing changed. */
function happened<F extends ServerFrame>(reply: F): reply is F & { offset: number } {
  return reply.offset !== undefined;
}
