// Every route over HTTP and what it comes to. Leaves reading the request and writing the answer to `fetch.ts`.

import { type BroadcastReply, type IssuedToken, PROTOCOL_VERSION } from "@tutti/client";
import { history } from "../chat/history";
import { edit, post, react, remove } from "../chat/messages";
import { markRead, unreadOf } from "../chat/reading";
import { create, deleteRoom, directOf, putMember, removeMember, update } from "../chat/rooms";
import { type Actor } from "../chat/state";
import { listMembers, listRooms, viewRoom } from "../chat/views";
import { type Caller, issue } from "../connections/tokens";
import { checkedRoles, userIdFrom } from "../directory";
import type { Domains } from "../domains";
import { MAX_PAGE, pageSize } from "../pages";
import type { Operation } from "../rates";
import { asRefusal, invalid, notFound } from "../refusal";
import { BODIES } from "../wire/bodies";
import { channelName, type Shape } from "../wire/shapes";
import { timestamp } from "../time";

/** A request that has been read. */
export interface Call {
  domains: Domains;
  /** Nobody in particular on routes that anybody may use. */
  caller: Caller;
  /** What stands in the path, by name. */
  path(name: string): string;
  query(name: string): string | undefined;
  /** A number in the query; `invalid_request` when it is none. */
  number(name: string): number | undefined;
  body<T>(shape: Shape<T>): T;
  /** The `Idempotency-Key`. */
  key: string | null;
}

/** What answers at an address. */
export interface Route {
  /** Whether anybody may use it. */
  open?: boolean;
  /** What it counts as. */
  counts: Operation | null;
  /** The status of success; 200 when left out. */
  status?: number;
  answer(call: Call): unknown;
}

const VERSION = "fake";
/** How long a token lasts that was given by name. */
export const TOKEN_MS = 12 * 60 * 60 * 1000;

const actor = ({ caller }: Call): Actor => ({ user: caller.user, connection: null });
const page = (call: Call): { cursor?: string; limit?: number } => defined({ cursor: call.query("cursor"), limit: call.number("limit") });
const channel = (call: Call): string => channelName(call.path("channel"), "");

function defined<T extends object>(values: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

const messagesOf = (call: Call, conversation_id: string): unknown =>
  history(call.domains.chat, call.caller.user, {
    conversation_id,
    ...defined({ thread_id: call.query("thread_id"), before_id: call.query("before_id"), after_id: call.query("after_id"), around_id: call.query("around_id"), limit: call.number("limit") }),
  });

const view = ({ domains, caller }: Call, id: string): unknown => {
  const room = domains.chat.room(caller.user, id);
  return viewRoom(room, caller.user, domains.chat.seat(room, caller.user), domains.names);
};

/** By method and path below `/api/v1`. */
export const ROUTES = {
  "GET /conversations": { counts: "query", answer: (call) => listRooms(call.domains.chat, call.caller.user, page(call), call.domains.names) },
  "POST /conversations": {
    counts: "conversation", status: 201,
    answer: (call) => view(call, create(call.domains.chat, actor(call), call.body(BODIES.newConversation), call.key).info.id),
  },
  "GET /conversations/{id}": { counts: "query", answer: (call) => view(call, call.path("id")) },
  "PATCH /conversations/{id}": {
    counts: "conversation",
    answer: (call) => view(call, update(call.domains.chat, actor(call), call.path("id"), call.body(BODIES.conversationPatch)).info.id),
  },
  "DELETE /conversations/{id}": {
    counts: "conversation", status: 204, answer: (call) => deleteRoom(call.domains.chat, actor(call), call.path("id")),
  },
  "GET /conversations/{id}/members": {
    counts: "query", answer: (call) => listMembers(call.domains.chat.room(call.caller.user, call.path("id")), page(call), call.domains.names),
  },
  "POST /conversations/{id}/members": {
    counts: "conversation",
    answer: (call) => {
      const member = putMember(call.domains.chat, actor(call), call.path("id"), call.body(BODIES.newMember));
      return { ...member, name: call.domains.names(member.user_id) };
    },
  },
  "DELETE /conversations/{id}/members/{user}": {
    counts: "conversation", status: 204, answer: (call) => removeMember(call.domains.chat, actor(call), call.path("id"), call.path("user")),
  },
  "GET /conversations/{id}/messages": { counts: "history", answer: (call) => messagesOf(call, call.path("id")) },
  "POST /conversations/{id}/messages": {
    counts: "message", status: 201,
    answer: (call) => {
      const draft = keyed(call, call.body(BODIES.newMessage));
      const { value, duplicate } = post(call.domains.chat, actor(call), { conversation: call.path("id") }, draft);
      return { message: value, duplicate };
    },
  },
  "POST /conversations/{id}/read": { counts: "read", answer: (call) => markRead(call.domains.chat, actor(call), call.path("id"), call.body(BODIES.markRead)) },
  "PATCH /messages/{id}": {
    counts: "edit", answer: (call) => ({ message: edit(call.domains.chat, actor(call), call.path("id"), call.body(BODIES.messagePatch).message).value }),
  },
  "DELETE /messages/{id}": { counts: "delete", answer: (call) => remove(call.domains.chat, actor(call), call.path("id")).value },
  "PUT /messages/{id}/reactions/{emoji}": { counts: "reaction", answer: (call) => react(call.domains.chat, actor(call), call.path("id"), call.path("emoji"), true).value },
  "DELETE /messages/{id}/reactions/{emoji}": { counts: "reaction", answer: (call) => react(call.domains.chat, actor(call), call.path("id"), call.path("emoji"), false).value },
  "GET /unread": { counts: "query", answer: (call) => unreadOf(call.domains.chat, call.caller.user) },
  "GET /communication/chats/conversation/{user}": {
    counts: "history",
    answer: (call) => {
      const room = directOf(call.domains.chat, call.caller.user, call.path("user"));
      if (room === undefined) throw notFound("conversation");
      return messagesOf(call, room.info.id);
    },
  },
  "POST /channels/{channel}/publish": {
    counts: null,
    answer: (call) => {
      const body = keyed(call, call.body(BODIES.newPublication));
      return call.domains.channels.publish(call.caller, channel(call), body, null);
    },
  },
  "POST /channels/broadcast": { counts: null, answer: (call) => broadcast(call) },
  "GET /channels/{channel}/history": {
    counts: "query", answer: (call) => call.domains.channels.history(call.caller, channel(call), defined({ after: call.number("after"), limit: call.number("limit") })),
  },
  "GET /channels/{channel}/presence": { counts: "query", answer: (call) => call.domains.channels.presence(call.caller, channel(call), page(call)) },
  "GET /users": { counts: "query", answer: (call) => ({ users: call.domains.directory.search(call.query("query") ?? "", pageSize(call.number("limit"))) }) },
  "GET /info": { open: true, counts: null, answer: () => ({ version: VERSION, protocol: PROTOCOL_VERSION, dev: true }) },
  "POST /dev/token": { open: true, counts: null, answer: (call) => signIn(call) },
} as const satisfies Readonly<Record<string, Route>>;

/** A route, by its method and its path below `/api/v1`. */
export type HttpRoute = keyof typeof ROUTES;

/** The key stands in for a client id that was left out. */
function keyed<T extends { client_id?: string }>(call: Call, body: T): T {
  return call.key === null || body.client_id !== undefined ? body : { ...body, client_id: call.key };
}

/** What is refused in one channel is said in its result; in the others it is published. */
function broadcast(call: Call): BroadcastReply {
  const { channels, ...body } = keyed(call, call.body(BODIES.broadcast));
  if (channels.length === 0 || channels.length > MAX_PAGE) throw invalid("channels", `\`channels\` has 1 to ${MAX_PAGE} names`, MAX_PAGE);
  const results = channels.map((name) => {
    try {
      return call.domains.channels.publish(call.caller, name, body, null);
    } catch (thrown) {
      return { channel: name, error: asRefusal(thrown).body };
    }
  });
  return { results };
}

/** Signs anyone in by name, as a development server does. */
function signIn(call: Call): IssuedToken {
  const { name: given, roles = [] } = call.body(BODIES.devSignIn);
  const name = given.trim();
  const caller = { user: userIdFrom(name), name, roles: checkedRoles(roles), expiresAt: call.domains.clock.now() + TOKEN_MS };
  call.domains.directory.seen(caller.user, name);
  return { token: issue(caller), user: { id: caller.user, name }, expires_at: timestamp(caller.expiresAt) };
}
