// The bounds of chat, and the checks of values against them. Leaves to the roles who may do what.

import type { Attachment, SendMessage } from "@tutti/client";
import { invalid, over } from "../refusal";
import { bytes } from "../wire/shapes";

/** How much of everything there may be; the defaults of the real server. */
export const CHAT_LIMITS = {
  messageChars: 5000,
  attachments: 30,
  mentions: 100,
  emoji: 20,
  receiptIds: 200,
  members: 1000,
  conversations: 5000,
  replayPerConversation: 500,
  replay: 5000,
} as const;

const MAX_CLIENT_ID_BYTES = 128;
const MAX_EMOJI_BYTES = 64;
const MAX_TITLE_CHARS = 200;
const MAX_METADATA_BYTES = 4096;
const MAX_URL_BYTES = 2048;
const MAX_FILE_NAME_CHARS = 255;
const MAX_MIME_TYPE_CHARS = 127;
const CONTROL = /\p{Cc}/u;

/** Characters as the server counts them: code points. */
export function chars(text: string): number {
  return [...text].length;
}

export function checkDraft(draft: Pick<SendMessage, "message" | "client_id" | "mentions" | "attachments" | "metadata">): void {
  const attachments = draft.attachments ?? [];
  if (draft.message.trim() === "" && attachments.length === 0) throw invalid("message", "a message needs text or an attachment");
  checkLength(draft.message);
  checkClientId(draft.client_id);
  if ((draft.mentions ?? []).length > CHAT_LIMITS.mentions) throw over("mentions", CHAT_LIMITS.mentions, "users");
  if (attachments.length > CHAT_LIMITS.attachments) throw over("attachments", CHAT_LIMITS.attachments, "entries");
  attachments.forEach(checkAttachment);
  checkMetadata(draft.metadata);
}

export function checkText(text: string): void {
  if (text.trim() === "") throw invalid("message", "a message needs text");
  checkLength(text);
}

function checkLength(text: string): void {
  if (chars(text) > CHAT_LIMITS.messageChars) throw over("message", CHAT_LIMITS.messageChars, "characters");
}

export function checkClientId(id: string | undefined): void {
  if (id === "") throw invalid("client_id", "`client_id` cannot be empty");
  if (id !== undefined && bytes(id) > MAX_CLIENT_ID_BYTES) throw over("client_id", MAX_CLIENT_ID_BYTES, "bytes");
}

function checkAttachment({ url, name, mime_type }: Attachment): void {
  if (bytes(url) > MAX_URL_BYTES) throw over("attachments", MAX_URL_BYTES, "bytes in an address");
  const web = url.startsWith("https://") || url.startsWith("http://");
  const siteRelative = url.startsWith("/") && !url.startsWith("//");
  if (!(web || siteRelative) || CONTROL.test(url) || url.includes("\\")) {
    throw invalid("attachments", "an attachment's address is http, https or site-relative");
  }
  if (chars(name ?? "") > MAX_FILE_NAME_CHARS) throw over("attachments", MAX_FILE_NAME_CHARS, "characters in a name");
  if (chars(mime_type ?? "") > MAX_MIME_TYPE_CHARS) throw over("attachments", MAX_MIME_TYPE_CHARS, "characters in a media type");
}

export function checkMetadata(metadata: Record<string, unknown> | undefined): void {
  if (metadata !== undefined && bytes(JSON.stringify(metadata)) > MAX_METADATA_BYTES) throw over("metadata", MAX_METADATA_BYTES, "bytes");
}

export function checkEmoji(emoji: string): void {
  if (emoji.trim() === "" || CONTROL.test(emoji)) throw invalid("emoji", "`emoji` cannot be empty");
  if (bytes(emoji) > MAX_EMOJI_BYTES) throw over("emoji", MAX_EMOJI_BYTES, "bytes");
}

export function checkTitle(title: string | undefined): void {
  if (title?.trim() === "") throw invalid("title", "a title cannot be empty");
  if (title !== undefined && chars(title) > MAX_TITLE_CHARS) throw over("title", MAX_TITLE_CHARS, "characters");
}
