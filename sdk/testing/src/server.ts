// The fake server as tests hold it: clients for it, faults to cause, a look at what was sent, and acting as somebody else.
// Leaves what the server does to the domains, and the wire to connections and the HTTP side.

import {
  type ClientOptions, type Command, type Conversation, createClient, type Message, type NewConversation, type NetworkStatus, type PublishedAt,
  type SendMessage, type ServerFrame, type SocketFactory, TuttiError, type TuttiClient,
} from "@tutti/client";
import { create } from "./chat/rooms";
import { viewRoom } from "./chat/views";
import { carryOut, type Session } from "./commands";
import { type CloseCode, Connection } from "./connections/connection";
import { type Caller, issue } from "./connections/tokens";
import { type DomainOptions, Domains } from "./domains";
import { type Failure, Faults, type FaultTarget } from "./faults";
import { ServerHost } from "./host";
import { fetchFrom } from "./http/fetch";
import { TOKEN_MS } from "./http/routes";
import { type Asked, HttpSide } from "./http/side";
import { Ids } from "./ids";
import { ManualClock, settle } from "./manual-clock";
import { Records } from "./records";
import { asRefusal } from "./refusal";
import { BODIES } from "./wire/bodies";
import { parse, readRequest, type Request } from "./wire/requests";

/** How the server is set up; what is left out is as on a development server. */
export interface FakeServerOptions {
  /** Time, shared with the clients; a new one when left out. */
  clock?: ManualClock;
  /** The namespaces of channels; `public`, in which everybody may do everything, when left out. */
  namespaces?: NonNullable<DomainOptions["namespaces"]>;
  /** How often a user may do what; nothing is bounded when left out. */
  rates?: DomainOptions["rates"];
  /** How long a user whose last connection was lost is still shown as before, in milliseconds; 30,000 when left out. */
  graceMs?: number;
  /** Connections of one user; 5 when left out. One more is closed with 4029. */
  maxConnectionsPerUser?: number;
}

/** What somebody's tokens say of them. */
export interface Person {
  /** The display name. */
  name?: string;
  /** Roles in the application, as namespaces ask for them. */
  roles?: readonly string[];
}

const URL_OF_IT = "http://tutti.test";
const DEFAULT_GRACE_MS = 30_000;
const DEFAULT_CONNECTIONS = 5;
/** How often promises are let go on for a client that connects. */
const MOST_TURNS = 20;
/** What a socket reports when the connection broke off without a word. */
const LOST = 1006;
const DRAINING = 4102;
const ALWAYS_ONLINE: NetworkStatus = { online: () => true, subscribe: () => () => undefined };

/** A Tutti server in memory. Everything happens on its clock, in the same way in every run. */
export class FakeServer {
  readonly url = URL_OF_IT;
  /** Stands still until a test moves it. */
  readonly clock: ManualClock;
  /** Opens connections; for `createClient`. */
  readonly socket: SocketFactory;
  /** Answers HTTP requests; for `createClient`. */
  readonly fetch: typeof fetch;
  readonly #ids = new Ids();
  readonly #faults = new Faults();
  readonly #records = new Records();
  readonly #people = new Map<string, Person>();
  readonly #domains: Domains;

  constructor(options: FakeServerOptions = {}) {
    const { clock = new ManualClock(), namespaces, rates = {}, graceMs = DEFAULT_GRACE_MS, maxConnectionsPerUser = DEFAULT_CONNECTIONS } = options;
    this.clock = clock;
    this.#domains = new Domains(clock, this.#ids, { namespaces, rates, graceMs });
    const host = new ServerHost(this.#domains, this.#faults, this.#records, maxConnectionsPerUser);
    const http = new HttpSide(this.#domains, this.#faults);
    this.fetch = fetchFrom(http, this.#faults, clock, (asked) => this.#heard(http, asked));
    this.socket = (_url, _protocol, handlers) => {
      if (!this.#faults.refuses()) return new Connection(this.#ids.next(), host, handlers);
      queueMicrotask(() => handlers.closed(LOST, ""));
      return { send: () => undefined, close: () => undefined };
    };
  }

  // ---- clients ----

  /** Says what a user's tokens say of them from now on. Users need not be made known before. */
  user(id: string, person: Person): void {
    this.#people.set(id, person);
    this.#domains.directory.seen(id, person.name ?? null);
  }

  /** A token of a user, good for twelve hours or `ttlMs`. No real server believes it. */
  token(user: string, ttlMs = TOKEN_MS): string {
    return issue(this.#caller(user, ttlMs));
  }

  /** What `createClient` needs to be this user's client here. */
  options(user: string): ClientOptions {
    return {
      url: this.url, token: () => this.token(user), socket: this.socket, fetch: this.fetch, clock: this.clock, random: () => 1,
      network: ALWAYS_ONLINE, transports: ["websocket"], storage: null, log: "silent",
    };
  }

  /** A client of this user that was told to connect. It is connected unless a fault is in the way. */
  async client(user: string, more: Partial<ClientOptions> = {}): Promise<TuttiClient> {
    const client = createClient({ ...this.options(user), ...more });
    client.connect();
    const underWay = (): boolean => ["connecting", "authenticating"].includes(client.connection.snapshot().state);
    for (let turns = 0; turns < MOST_TURNS && underWay(); turns++) await settle();
    return client;
  }

  // ---- faults ----

  /** Ends all connections of a user, with a close code or, by default, without a word. */
  disconnect(user: string, { code = LOST, reason }: { code?: CloseCode | typeof LOST; reason?: string } = {}): void {
    for (const connection of this.#domains.hub.of(user)) {
      if (code === LOST) connection.cut();
      else connection.shut(code, reason);
    }
  }

  /** The next so many connections cannot be opened; 0 ends it, `Infinity` is an outage. */
  refuseConnections(count: number): void {
    this.#faults.refuse(count);
  }

  /** From now on everything that the server says takes so many milliseconds; 0 ends it. */
  delay(ms: number): void {
    this.#faults.delayMs = ms;
  }

  /** The next such command or request, or the next `times`, is refused and not carried out. */
  fail(target: FaultTarget, failure: Failure): void {
    this.#faults.fail(target, failure);
  }

  /** The next such command or request, or the next so many, is carried out, but the answer to it is lost. */
  drop(target: FaultTarget, times = 1): void {
    this.#faults.drop(target, times);
  }

  /**
   * The server goes and comes back. Conversations are there as before; presence, typing and all channels are gone. Clients
   * are told to come back at once, or after a crash told nothing.
   */
  restart({ crash = false }: { crash?: boolean } = {}): void {
    this.#domains.stop();
    for (const connection of this.#domains.hub.all()) {
      if (crash) connection.cut();
      else connection.shut(DRAINING, "server draining; retry_after_ms=0");
    }
    this.#domains.presence.clear();
  }

  /** Forgets the events kept for clients that come back: whoever missed some is told to load afresh. */
  forgetEvents(): void {
    this.#domains.chat.forget();
  }

  // ---- inspection ----

  /** What the user's clients sent, the newest thousand frames. */
  frames(user: string): Request[] {
    return this.#records.frames.of(user);
  }

  /** What the user's clients asked over HTTP, as `GET /conversations?limit=20`; the newest thousand. */
  requests(user: string): string[] {
    return this.#records.requests.of(user);
  }

  /** How many connections of the user are open. */
  connections(user: string): number {
    return this.#domains.hub.of(user).length;
  }

  // ---- acting as somebody else ----

  /** Carries a command out as a user who need not be connected. Returns the answer; throws a `TuttiError` where it is refused. */
  act(user: string, command: Command): ServerFrame | null {
    return this.#asUser(() => {
      const read = readRequest(JSON.stringify(command));
      if ("broken" in read) throw read.broken.refusal;
      return structuredClone(carryOut(this.#domains, this.#session(user), read.request));
    });
  }

  /** Sends a message as `from`, to the user `to` or into a conversation. Throws a `TuttiError` where it is refused. */
  message({ from, to, ...message }: Omit<SendMessage, "receiver_id"> & { from: string; to?: string }): Message {
    const answer = this.act(from, { type: "message", ...message, ...(to === undefined ? {} : { receiver_id: to }) });
    if (answer?.type !== "message_sent") throw new TypeError("a message was not answered by `message_sent`");
    return answer.message;
  }

  /** Creates a conversation as `owner`, and gives it as they see it. Throws a `TuttiError` where it is refused. */
  conversation(owner: string, conversation: NewConversation): Conversation {
    return this.#asUser(() => {
      const { chat, names } = this.#domains;
      const room = create(chat, { user: owner, connection: null }, BODIES.newConversation(parse(JSON.stringify(conversation)), ""), null);
      return structuredClone(viewRoom(room, owner, chat.seat(room, owner), names));
    });
  }

  /** Publishes as a server of the application, or as the user `from`. Throws a `TuttiError` where it is refused. */
  publish(channel: string, data: unknown, { from, ...more }: { from?: string; client_id?: string; key?: string } = {}): PublishedAt {
    const party = from === undefined ? null : this.#session(from).caller;
    return this.#asUser(() => this.#domains.channels.publish(party, channel, BODIES.newPublication(parse(JSON.stringify({ data, ...more })), ""), null));
  }

  #caller(user: string, ttlMs: number): Caller {
    const { name = null, roles = [] } = this.#people.get(user) ?? {};
    return { user, name, roles, expiresAt: this.clock.now() + ttlMs };
  }

  #session(user: string): Session {
    return { caller: this.#caller(user, TOKEN_MS), connection: null };
  }

  /** Refusals look to tests as they look to applications. */
  #asUser<T>(act: () => T): T {
    try {
      return act();
    } catch (thrown) {
      const { code, message, retryable, retry_after_ms = null, details } = asRefusal(thrown).body;
      throw new TuttiError(code, message, { retryable, retryAfterMs: retry_after_ms, field: details?.field ?? null });
    }
  }

  #heard(http: HttpSide, { method, url, headers }: Asked): void {
    const user = http.userOf(headers);
    if (user !== null) this.#records.requests.add(user, `${method} ${url.pathname.replace("/api/v1", "")}${url.search}`);
  }
}
