// Who has read what, and what has not been seen: plain arithmetic on positions.
import type { MessageView } from "@tutti/client";

type Readers = Readonly<Record<string, number>>;

/** The others who have read up to a message. */
export function seenBy(message: MessageView, readers: Readers): string[] {
  if (message.delivery !== "sent") return [];
  return Object.entries(readers)
    .filter(([userId, seq]) => userId !== message.sender_id && seq >= message.seq)
    .map(([userId]) => userId);
}

/** How many messages of others came after a position. */
export function countNew(messages: readonly MessageView[], afterSeq: number, me: string): number {
  return messages.filter((message) => message.delivery === "sent" && message.seq > afterSeq && message.sender_id !== me)
    .length;
}

/** The position of the newest stored message; 0 when there is none. */
export function newestSeq(messages: readonly MessageView[]): number {
  return messages.reduce((newest, message) => (message.delivery === "sent" ? Math.max(newest, message.seq) : newest), 0);
}
