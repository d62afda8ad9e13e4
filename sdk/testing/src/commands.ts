// Every command and what it comes to. Exhaustive: a new command does not compile until it is answered here.
// Leaves `auth` and `logout` to the connection.

import { type Command, PROTOCOL_VERSION, type PresenceFollow, type ServerBody, type ServerFrame, type Welcome } from "@tutti/client";
import { CHAT_LIMITS } from "./chat/bounds";
import { history } from "./chat/history";
import { edit, post, react, remove, type Target } from "./chat/messages";
import { receipt } from "./chat/reading";
import type { Replay } from "./chat/replay";
import { directOf } from "./chat/rooms";
import type { Actor } from "./chat/state";
import { listMembers } from "./chat/views";
import { type Connection, MAX_FRAME_BYTES } from "./connections/connection";
import type { Caller } from "./connections/tokens";
import type { Domains } from "./domains";
import { rank } from "./ids";
import { MAX_PAGE } from "./pages";
import { OPERATIONS } from "./rates";
import { invalid, notFound, Refusal, unclear } from "./refusal";
import { timestamp } from "./time";

/** Who sends a command: over a connection, or by a single request that hears nothing but its answer. */
export interface Session {
  caller: Caller;
  connection: Connection | null;
}

const HEARTBEAT_MS = 30_000;
/** Most users whom one connection follows. */
export const MOST_FOLLOWED = 500;

const LIMITS = {
  max_frame_bytes: MAX_FRAME_BYTES, max_message_chars: CHAT_LIMITS.messageChars, max_attachments: CHAT_LIMITS.attachments,
  max_mentions: CHAT_LIMITS.mentions, max_receipt_ids: CHAT_LIMITS.receiptIds, max_members: CHAT_LIMITS.members,
  max_presence_subscriptions: MOST_FOLLOWED, max_page: MAX_PAGE,
};

/** The first frame of a session. */
export function welcome(domains: Domains, connection: Connection, caller: Caller, since: string | null, { resumed, reset }: Replay): Welcome {
  return {
    protocol: PROTOCOL_VERSION, connection_id: connection.id, user: { id: caller.user, name: caller.name }, server_time: serverTime(domains),
    heartbeat_ms: HEARTBEAT_MS, resumed, reset, since: resumed && since !== null ? String(rank(since)) : domains.chat.latest, limits: LIMITS,
  };
}

/** Carries a command out. Returns its answer, without the `ref`; null where there is none. */
export function carryOut(domains: Domains, session: Session, command: Command): ServerFrame | null {
  const operation = OPERATIONS[command.type];
  if (operation !== undefined) domains.rates.check(operation, session.caller.user);
  switch (command.type) {
    case "auth": return { type: "auth_ok", expires_at: timestamp(session.caller.expiresAt) };
    case "logout": return null;
    case "ping": return { type: "pong", server_time: serverTime(domains) };
    case "presence_set": return { type: "presence_set_ok", ...domains.presence.set(session.caller.user, command) };
    case "presence_subscribe": return follow(domains, session, command);
    case "presence_unsubscribe": return unfollow(domains, session, command);
    case "subscribe":
    case "unsubscribe":
    case "publish": return channelCommand(domains, session, command);
    default: return chatCommand(domains, { user: session.caller.user, connection: session.connection?.id ?? null }, command);
  }
}

type ChannelCommand = Extract<Command, { type: "subscribe" | "unsubscribe" | "publish" }>;
type ChatCommand = Exclude<Command, ChannelCommand | { type: "auth" | "logout" | "ping" | "presence_set" | "presence_subscribe" | "presence_unsubscribe" }>;

function chatCommand({ chat, typing }: Domains, by: Actor, command: ChatCommand): ServerFrame | null {
  switch (command.type) {
    case "message": {
      const { value, duplicate, offset } = post(chat, by, targetOf(by, command), command);
      return at(offset, { type: "message_sent", message: value, duplicate });
    }
    case "message_edit": {
      const { value, offset } = edit(chat, by, command.message_id, command.message);
      return at(offset, { type: "message_edited", message: value });
    }
    case "message_delete": {
      const { value, offset } = remove(chat, by, command.message_id);
      return at(offset, { type: "message_deleted", ...value });
    }
    case "reaction_add":
    case "reaction_remove": {
      const on = command.type === "reaction_add";
      const { value, offset } = react(chat, by, command.message_id, command.emoji, on);
      return at(offset, { type: on ? "reaction_added" : "reaction_removed", ...value });
    }
    case "read_receipt": return { type: "read_receipt_ok", conversations: receipt(chat, by, command) };
    case "history": return { type: "history", ...history(chat, by.user, command) };
    case "typing": {
      const target = targetOf(by, command);
      const room = "user" in target ? directOf(chat, by.user, target.user) : chat.room(by.user, target.conversation);
      if (room === undefined) throw notFound("conversation");
      typing.set(room.info.id, by.user, command.is_typing, by.connection);
      return null;
    }
  }
}

/** Where a frame that names a receiver or a conversation goes. */
function targetOf(by: Actor, { receiver_id, conversation_id }: { receiver_id?: string; conversation_id?: string }): Target {
  if (receiver_id !== undefined && conversation_id === undefined) {
    if (receiver_id === by.user) throw invalid("receiver_id", "a conversation needs somebody else");
    return { user: receiver_id };
  }
  if (receiver_id === undefined && conversation_id !== undefined) return { conversation: conversation_id };
  throw unclear("conversation_id", "exactly one of `receiver_id` and `conversation_id` says where");
}

function channelCommand({ channels }: Domains, { caller, connection }: Session, command: ChannelCommand): ServerFrame {
  if (command.type === "publish") {
    const except = command.exclude_sender === true ? (connection?.id ?? null) : null;
    const { channel, duplicate, offset } = channels.publish(caller, command.channel, command, except);
    return at(offset, { type: "published", channel, duplicate });
  }
  if (connection === null) throw new Refusal("invalid_request", "only a connection listens to channels; a single request has none");
  if (command.type === "unsubscribe") {
    channels.unsubscribe(connection.id, command.channel);
    return { type: "unsubscribed", channel: command.channel };
  }
  const { value, offset } = channels.subscribe(caller, connection.id, command.channel, command.position);
  return at(offset, { type: "subscribed", ...value });
}

function follow(domains: Domains, { caller, connection }: Session, command: PresenceFollow): ServerFrame {
  const { users, next_cursor } = audience(domains, caller.user, command);
  const followed = new Set([...(connection?.follows ?? []), ...users]);
  if (followed.size > MOST_FOLLOWED) throw invalid("user_ids", `a connection follows at most ${MOST_FOLLOWED} users`, MOST_FOLLOWED);
  for (const user of users) connection?.follows.add(user);
  return { type: "presence_state", users: users.map((user) => domains.presence.of(user)), next_cursor };
}

function unfollow(domains: Domains, { caller, connection }: Session, command: PresenceFollow): ServerFrame {
  const { users, next_cursor } = audience(domains, caller.user, command);
  for (const user of users) connection?.follows.delete(user);
  return { type: "presence_state", users: [], next_cursor };
}

/** Whom the frame names, as far as the caller shares a conversation with them. */
function audience({ chat, names }: Domains, viewer: string, { conversation_id, user_ids = [], cursor, limit }: PresenceFollow): { users: string[]; next_cursor: string | null } {
  if (conversation_id !== undefined && user_ids.length === 0) {
    const page = listMembers(chat.room(viewer, conversation_id), { ...(cursor === undefined ? {} : { cursor }), ...(limit === undefined ? {} : { limit }) }, names);
    return { users: page.members.map((member) => member.user_id), next_cursor: page.next_cursor };
  }
  if (conversation_id !== undefined || user_ids.length === 0) throw unclear("user_ids", "either `user_ids` or `conversation_id`");
  if (user_ids.length > MAX_PAGE) throw invalid("user_ids", `at most ${MAX_PAGE} users at once`, MAX_PAGE);
  return { users: chat.acquainted(viewer, user_ids), next_cursor: null };
}

/** A reply to a change carries the change's place, but no `event_id`. */
function at(offset: number | undefined, body: ServerBody): ServerFrame {
  return offset === undefined ? body : { ...body, offset };
}

function serverTime({ clock }: Domains): string {
  return timestamp(clock.now());
}
