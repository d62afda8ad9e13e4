// The operator's HTTP interface, as far as the console asks it. Leaves to the pages when to ask and what to show.
import {
  type ChannelInfo, type ChannelPage, type ChannelsQuery, type ConnectedUserPage, type ConnectionPage, type ConnectionsQuery, type HttpApi,
  type OperatorUser, type Overview, type PageQuery, TuttiError,
} from "@tutti/client";

/** All reject with a TuttiError; `forbidden` when the token does not carry the role `operator`. */
export interface OperatorApi {
  overview(): Promise<Overview>;
  connections(query: ConnectionsQuery): Promise<ConnectionPage>;
  disconnectConnection(id: string): Promise<void>;
  users(page: PageQuery): Promise<ConnectedUserPage>;
  user(id: string): Promise<OperatorUser>;
  disconnectUser(id: string): Promise<void>;
  /** Refuses every token issued to the user so far, and ends their connections. */
  revokeUser(id: string): Promise<void>;
  channels(query: ChannelsQuery): Promise<ChannelPage>;
  channel(name: string): Promise<ChannelInfo>;
  /** The live tail as Server-Sent Events, until `signal` ends it. */
  events(query: URLSearchParams, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** The server's metrics in the text format of Prometheus. */
  metrics(): Promise<string>;
}

const BASE = "/api/v1/operator";
const TIMEOUT_MS = 15_000;

export function createOperatorApi(http: Pick<HttpApi, "fetch">): OperatorApi {
  const send = (path: `/${string}`, init: RequestInit = {}): Promise<Response> => http.fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS), ...init });
  const get = async <T>(path: string, query: object = {}): Promise<T> => (await (await send(`${BASE}${path}${queryText(query)}`)).json()) as T;
  const post = async (path: string): Promise<void> => void (await send(`${BASE}${path}`, { method: "POST" }));
  const user = (id: string): string => `/users/${encodeURIComponent(id)}`;
  return {
    overview: () => get("/overview"),
    connections: (query) => get("/connections", query),
    disconnectConnection: (id) => post(`/connections/${encodeURIComponent(id)}/disconnect`),
    users: (page) => get("/users", page),
    user: (id) => get(user(id)),
    disconnectUser: (id) => post(`${user(id)}/disconnect`),
    revokeUser: (id) => post(`${user(id)}/revoke`),
    channels: (query) => get("/channels", query),
    channel: (name) => get(`/channels/${encodeURIComponent(name)}`),
    events: async (query, signal) => bodyOf(await send(`${BASE}/events?${query.toString()}`, { signal })),
    metrics: async () => (await send("/metrics")).text(),
  };
}

function queryText(query: object): string {
  const given = Object.entries(query).map(([name, value]) => [name, String(value)]);
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

function bodyOf(reply: Response): ReadableStream<Uint8Array> {
  if (reply.body === null) throw new TuttiError("network", "the event stream has no body", { retryable: true });
  return reply.body;
}
