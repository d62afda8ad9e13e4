// What one would send first: for every command a frame that can be sent as it is, or nearly. Which fields there are and
// which of them are needed comes from the reference.
import type { TuttiClient } from "@tutti/client";
import type { Field, Frame } from "./reference";

/** Things of the reader's own that exist, so that a template speaks of them. */
export interface Known {
  conversation?: string | undefined;
  message?: string | undefined;
  user?: string | undefined;
}

/** Optional fields without which a command says too little. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  message: ["conversation_id"],
  history: ["limit"],
  read_receipt: ["conversation_id", "message_id"],
  typing: ["conversation_id"],
  presence_subscribe: ["user_ids"],
  presence_unsubscribe: ["user_ids"],
};

export function knownTo(client: TuttiClient): Known {
  const first = client.conversations.snapshot().conversations[0];
  const me = client.connection.snapshot().user?.id;
  return {
    conversation: first?.id,
    message: first?.last_message?.id,
    user: first?.members.find(({ user_id }) => user_id !== me)?.user_id,
  };
}

/** A frame for a command, as text to be edited. */
export function templateOf({ name, fields }: Frame, known: Known): string {
  const also = ALSO[name] ?? [];
  const wanted = fields.filter((field) => !/[.[]/.test(field.name) && (field.required || also.includes(field.name)));
  const values = wanted.map((field) => [field.name, sampleOf(field, known)] as const);
  return JSON.stringify({ type: name, ...Object.fromEntries(values) }, null, 2);
}

function sampleOf({ name, type }: Field, { conversation = "CONVERSATION", message = "MESSAGE", user = "USER" }: Known): unknown {
  const samples: Readonly<Record<string, unknown>> = {
    channel: "public:lobby",
    conversation_id: conversation,
    data: { hello: "world" },
    emoji: "👍",
    limit: 20,
    message: "Hello",
    message_id: message,
    token: "TOKEN",
    user_ids: [user],
  };
  return Object.hasOwn(samples, name) ? samples[name] : byType(type);
}

function byType(type: string): unknown {
  if (type.endsWith("[]")) return [];
  if (type.startsWith('"')) return JSON.parse(type.split(" | ")[0] ?? '""');
  if (type === "boolean") return true;
  return type === "integer" || type === "number" ? 0 : type === "string" ? "" : {};
}
