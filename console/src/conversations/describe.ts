// A conversation in words: its title and the line under it.
import type { Conversation, Message } from "@tutti/client";
import { listNames, type NameOf } from "../people/useNames";

/** The other person of a direct conversation. */
export function peerOf(conversation: Conversation, me: string): string | null {
  if (conversation.kind !== "direct") return null;
  return conversation.members.find((member) => member.user_id !== me)?.user_id ?? me;
}

export function titleOf(conversation: Conversation, me: string, nameOf: NameOf): string {
  const peer = peerOf(conversation, me);
  if (peer !== null) return nameOf(peer);
  if (conversation.title) return conversation.title;
  const others = conversation.members.filter((member) => member.user_id !== me).map((member) => nameOf(member.user_id));
  return others.length === 0 ? "Only you" : listNames(others.map(firstName));
}

export function firstName(name: string): string {
  return name.split(" ")[0] ?? name;
}

/** One line that stands for a message where there is no room for all of it. */
export function gist(message: Message): string {
  if (message.deleted) return "Message deleted";
  const text = message.message.replace(/\s+/g, " ").trim();
  if (text !== "") return text;
  return message.attachments[0]?.name ?? message.attachments[0]?.url ?? "Attachment";
}

export function previewOf(conversation: Conversation, me: string, nameOf: NameOf): string {
  const message = conversation.last_message;
  if (!message) return "No messages yet";
  if (message.sender_id === me) return `You: ${gist(message)}`;
  return conversation.kind === "direct" ? gist(message) : `${firstName(nameOf(message.sender_id))}: ${gist(message)}`;
}
