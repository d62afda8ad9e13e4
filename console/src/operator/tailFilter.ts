// Which events a tail asks for, and their words. How a filter stands in the address of the page is in search.ts.
import type { OperatorEventKind } from "@tutti/client";

/** The words for every kind that can be asked for. */
export const KIND_WORDS: Readonly<Record<Exclude<OperatorEventKind, "missed">, string>> = {
  connection_opened: "Connection opened",
  connection_closed: "Connection closed",
  slow_consumer: "Slow consumer",
  command_failed: "Command failed",
  channel_created: "Channel created",
  channel_forgotten: "Channel forgotten",
  subscribed: "Subscribed",
  unsubscribed: "Unsubscribed",
  published: "Published",
  conversation_created: "Conversation created",
  conversation_deleted: "Conversation deleted",
  member_added: "Member added",
  member_removed: "Member removed",
  message_posted: "Message posted",
  message_edited: "Message edited",
  message_deleted: "Message deleted",
};

export type FilterKind = keyof typeof KIND_WORDS;

export const FILTER_KINDS = Object.keys(KIND_WORDS) as FilterKind[];

export interface TailFilter {
  /** Any of these; everything when left out. */
  kinds?: readonly FilterKind[];
  user?: string;
  channel?: string;
}

/** The filter as the server reads it. */
export function filterQuery({ kinds = [], user, channel }: TailFilter): URLSearchParams {
  const query = new URLSearchParams(kinds.map((kind) => ["kind", kind]));
  if (user !== undefined) query.set("user", user);
  if (channel !== undefined) query.set("channel", channel);
  return query;
}
