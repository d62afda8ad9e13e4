// The HTTP interface, one function per route that a view needs, and the one place that turns HTTP replies into errors.
// Leaves to the chat modules what is done with the answers. No retries: whoever asks knows whether that makes sense.

import type { Clock } from "../connection/clock";
import type {
  ChannelHistory, ChannelHistoryQuery, ChannelPresence, Conversation, ConversationPage, ConversationPatch, ErrorReply, HistoryQuery, IssuedToken, Member, MemberPage, MessagePage,
  NewConversation, NewMember, PageQuery, ServerInfo, Unread, User, UserList,
} from "../generated/protocol";
import { asTuttiError, fromBody, ignorable, localError, TuttiError } from "../errors";
import { randomId } from "../random-id";

/** The HTTP interface, one function per route. All reject with a TuttiError; none tries again by itself. */
export interface HttpApi {
  /** What the server is and allows; needs no token. */
  info(): Promise<ServerInfo>;
  /** Only with `--dev`; the token carries the roles. Also a free function: `devSignIn(url, name)`. */
  devSignIn(name: string, roles?: readonly string[]): Promise<IssuedToken>;
  /** Users whose name fits, where the server has a directory. */
  users(query?: string): Promise<User[]>;
  /** One conversation. */
  conversation(id: string): Promise<Conversation>;
  /** The caller's conversations, the most recently active first, page by page. */
  conversations(page?: PageQuery): Promise<ConversationPage>;
  /** Starts a conversation; a direct one that is there already is found again. */
  createConversation(body: NewConversation): Promise<Conversation>;
  /** Changes what a conversation says of itself. */
  updateConversation(id: string, patch: ConversationPatch): Promise<Conversation>;
  /** Deletes a conversation for everybody. */
  deleteConversation(id: string): Promise<void>;
  /** Who is in a conversation, page by page. */
  members(id: string, page?: PageQuery): Promise<MemberPage>;
  /** Takes somebody into a group. */
  addMember(id: string, body: NewMember): Promise<Member>;
  /** Removes a member of a group; with the caller's own id, leaves it. */
  removeMember(id: string, userId: string): Promise<void>;
  /** Messages of a conversation, the newest first, page by page. */
  messages(id: string, query?: HistoryQuery): Promise<MessagePage>;
  /** What the caller has not read. */
  unread(): Promise<Unread>;
  /** What the server keeps of a channel, page by page. */
  channelHistory(name: string, query?: ChannelHistoryQuery): Promise<ChannelHistory>;
  /** Who listens to a channel, page by page. */
  channelPresence(name: string, page?: PageQuery): Promise<ChannelPresence>;
  /**
   * Any other route, by its path from the server's address on: `fetch` with the user's token, which rejects with a TuttiError
   * when the server refuses, too. `init.signal` says how long it may take.
   */
  fetch(path: `/${string}`, init?: RequestInit): Promise<Response>;
}

/** Where tokens for HTTP come from; `renew` gives another one after a 401, or null if there is none. */
export interface Credentials {
  token(): Promise<string>;
  renew(): Promise<string | null>;
}

export interface HttpOptions {
  url: string;
  fetch: typeof fetch;
  clock: Clock;
  credentials: Credentials | null;
}

type Query = Record<string, string | number | undefined>;
interface Call {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  query?: Query;
  body?: unknown;
}

const TIMEOUT_MS = 30_000;

export function createHttpApi(options: HttpOptions): HttpApi {
  const call = <T>(request: Call): Promise<T> => ignorable(authorised(options, (token) => send(options, request, token)).then((reply) => reply as T));
  const open = <T>(request: Call): Promise<T> => ignorable(send(options, request, null).then((reply) => reply as T));
  const conversation = (id: string): string => `/conversations/${encodeURIComponent(id)}`;
  const channel = (name: string): string => `/channels/${encodeURIComponent(name)}`;
  return {
    info: () => open({ method: "GET", path: "/info" }),
    devSignIn: (name, roles) => open({ method: "POST", path: "/dev/token", body: { name, roles } }),
    users: (query) => ignorable(call<UserList>({ method: "GET", path: "/users", query: { query } }).then((list) => list.users)),
    conversation: (id) => call({ method: "GET", path: conversation(id) }),
    conversations: (page) => call({ method: "GET", path: "/conversations", query: { ...page } }),
    createConversation: (body) => call({ method: "POST", path: "/conversations", body }),
    updateConversation: (id, patch) => call({ method: "PATCH", path: conversation(id), body: patch }),
    deleteConversation: (id) => call({ method: "DELETE", path: conversation(id) }),
    members: (id, page) => call({ method: "GET", path: `${conversation(id)}/members`, query: { ...page } }),
    addMember: (id, body) => call({ method: "POST", path: `${conversation(id)}/members`, body }),
    removeMember: (id, userId) => call({ method: "DELETE", path: `${conversation(id)}/members/${encodeURIComponent(userId)}` }),
    messages: (id, query) => call({ method: "GET", path: `${conversation(id)}/messages`, query: { ...query } }),
    unread: () => call({ method: "GET", path: "/unread" }),
    channelHistory: (name, query) => call({ method: "GET", path: `${channel(name)}/history`, query: { ...query } }),
    channelPresence: (name, page) => call({ method: "GET", path: `${channel(name)}/presence`, query: { ...page } }),
    fetch: (path, init = {}) => ignorable(authorised(options, (token) => ask(options, path, init, token))),
  };
}

/** Runs a request with the user's token; once more with a fresh one if the server does not know that. */
async function authorised<T>({ credentials }: HttpOptions, request: (token: string | null) => Promise<T>): Promise<T> {
  if (credentials === null) return request(null);
  const token = await credentials.token().catch((thrown: unknown) => Promise.reject(asTuttiError(thrown)));
  try {
    return await request(token);
  } catch (error) {
    if (!(error instanceof TuttiError) || error.code !== "unauthenticated") throw error;
    const fresh = await credentials.renew().catch(() => null);
    if (fresh === null) throw error;
    return request(fresh);
  }
}

async function send(options: HttpOptions, request: Call, token: string | null): Promise<unknown> {
  const abort = new AbortController();
  const stop = options.clock.after(TIMEOUT_MS, () => abort.abort());
  try {
    const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) };
    const reply = await ask(options, pathOf(request), { method: request.method, headers: headers(request, token), signal: abort.signal, ...body }, token);
    return reply.status === 204 ? undefined : await reply.json();
  } catch (thrown) {
    throw abort.signal.aborted ? localError("timeout") : asTuttiError(thrown);
  } finally {
    stop();
  }
}

/** A good reply; whatever else comes of it is thrown as a TuttiError. */
async function ask(options: HttpOptions, path: string, init: RequestInit, token: string | null): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  try {
    const reply = await options.fetch(`${options.url.replace(/\/+$/, "")}${path}`, { ...init, headers });
    if (reply.ok) return reply;
    throw await failureOf(reply);
  } catch (thrown) {
    // What `AbortSignal.timeout` ends a request with.
    throw thrown instanceof DOMException && thrown.name === "TimeoutError" ? localError("timeout") : asTuttiError(thrown);
  }
}

function pathOf(request: Call): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const tail = query.size > 0 ? `?${query.toString()}` : "";
  return `/api/v1${request.path}${tail}`;
}

function headers(request: Call, token: string | null): Record<string, string> {
  return {
    Accept: "application/json",
    ...(request.body === undefined ? {} : { "Content-Type": "application/json" }),
    // The server keeps these keys by user.
    ...(request.method === "POST" && token !== null ? { "Idempotency-Key": randomId() } : {}),
  };
}

/** What a refusal says, or what can be told from its status. */
export async function failureOf(reply: Response): Promise<TuttiError> {
  const body: unknown = await reply.json().catch(() => null);
  if (isErrorReply(body)) return fromBody(body.error);
  // Not ours: a proxy in between, most often.
  return new TuttiError(reply.status === 401 ? "unauthenticated" : "unavailable", `HTTP ${reply.status}`, { retryable: reply.status >= 500 });
}

function isErrorReply(body: unknown): body is ErrorReply {
  if (typeof body !== "object" || body === null || !("error" in body)) return false;
  return typeof body.error === "object" && body.error !== null && "code" in body.error && typeof body.error.code === "string";
}
