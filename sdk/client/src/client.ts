// Puts the parts together and routes frames between them. The rules are in the parts: nothing is decided here but who is told.

import { ConversationView, type ConversationHandle } from "./chat/conversation";
import { Conversations, type ConversationList } from "./chat/conversations";
import { type ConversationEvent, conversationOf, eventsIn } from "./chat/events";
import { EventOrder } from "./chat/gap";
import { DEFAULT_BACKOFF_MS } from "./connection/backoff";
import { type Clock, systemClock } from "./connection/clock";
import { type ConnectionSnapshot, Driver } from "./connection/driver";
import { type NetworkStatus, systemNetwork } from "./connection/network";
import { SendQueue } from "./connection/queue";
import { TokenSource } from "./connection/token";
import { type SocketFactory, webSocket } from "./connection/transport";
import { localError } from "./errors";
import type { Command, Conversation, IssuedToken, ServerFrame, Welcome } from "./generated/protocol";
import { createHttpApi, type HttpApi } from "./http/api";
import { createLog, type LogLevel } from "./log";
import { PresenceBook, type PresenceHandle } from "./presence/presence";
import { notify, type Store } from "./store";

export interface ClientOptions {
  /** Base address of the server, e.g. `http://127.0.0.1:5004`; the WebSocket address is derived from it. */
  url: string;
  /** The token, or how to get one (called again before expiry and after 4003). */
  token: string | (() => Promise<string> | string);
  clock?: Clock;
  socket?: SocketFactory;
  fetch?: typeof fetch;
  random?: () => number;
  network?: NetworkStatus;
  /** Reserved for keeping the queue across page loads; not read yet. */
  storage?: unknown;
  /** Attempts to reconnect before giving up; 5 by default, `Infinity` allowed. */
  maxAttempts?: number;
  /** Steps of the backoff, each with full jitter; 1, 2, 4, 8, 16, 30 s by default. */
  backoffMs?: readonly number[];
  /** Messages waiting to be sent; 500 by default. */
  queueLimit?: number;
  log?: LogLevel;
}

type FrameListener<T extends ServerFrame["type"]> = (frame: Extract<ServerFrame, { type: T }>) => void;

export interface TuttiClient {
  readonly connection: Store<ConnectionSnapshot>;
  connect(): void;
  /** Try again now, resetting the attempt counter, with a fresh token if there is a way to get one. */
  reconnect(): void;
  /** Close without saying goodbye (presence lingers). */
  disconnect(): void;
  /** Say goodbye (logout frame), close, and forget what was loaded. */
  logout(): void;
  /** Every frame from the server, typed by `type`. Returns the way to stop. */
  on<T extends ServerFrame["type"]>(type: T, listener: FrameListener<T>): () => void;
  /** Send a command and await its reply; rejects with TuttiError. */
  request(command: Command, options?: { timeoutMs?: number }): Promise<ServerFrame>;
  readonly conversations: ConversationList;
  /** The same handle for the same id, until logout. */
  conversation(id: string): ConversationHandle;
  readonly presence: PresenceHandle;
  readonly api: HttpApi;
}

const DEFAULT_MAX_ATTEMPTS = 5;
const DEFAULT_QUEUE_LIMIT = 500;
/** Until the welcome says. */
const DEFAULT_MAX_MESSAGE_CHARS = 5000;

export function createClient(options: ClientOptions): TuttiClient {
  return new Client(options);
}

/** Signs in by name at a server that runs with `--dev`. */
export function devSignIn(url: string, name: string): Promise<IssuedToken> {
  return createHttpApi({ url, fetch: globalFetch, clock: systemClock, credentials: null }).devSignIn(name);
}

/** The browser's fetch insists on being called as a global. */
const globalFetch: typeof fetch = (input, init) => fetch(input, init);

class Client implements TuttiClient {
  readonly connection: Store<ConnectionSnapshot>;
  readonly conversations: Conversations;
  readonly presence: PresenceBook;
  readonly api: HttpApi;
  readonly #clock: Clock;
  readonly #tokens: TokenSource;
  readonly #driver: Driver;
  readonly #queue: SendQueue;
  readonly #order: EventOrder;
  readonly #views = new Map<string, ConversationView>();
  readonly #listeners = new Map<ServerFrame["type"], Set<(frame: ServerFrame) => void>>();
  #maxMessageChars = DEFAULT_MAX_MESSAGE_CHARS;

  constructor(options: ClientOptions) {
    const clock = options.clock ?? systemClock;
    const log = createLog(options.log ?? "warn");
    const me = (): string | null => this.#me();
    const request = (command: Command): Promise<ServerFrame> => this.request(command);
    this.#clock = clock;
    this.#tokens = new TokenSource(options.token, clock);
    this.#driver = new Driver(
      {
        url: options.url,
        tokens: this.#tokens,
        clock,
        log,
        socket: options.socket ?? webSocket,
        random: options.random ?? Math.random,
        network: options.network ?? systemNetwork(),
        maxAttempts: options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
        backoffMs: options.backoffMs ?? DEFAULT_BACKOFF_MS,
      },
      { connected: (welcome) => this.#connected(welcome), lost: () => this.#lost(), frame: (frame) => this.#frame(frame) },
    );
    this.connection = this.#driver.connection;
    this.api = createHttpApi({ url: options.url, fetch: options.fetch ?? globalFetch, clock, credentials: this.#credentials() });
    this.#queue = new SendQueue({
      clock,
      limit: options.queueLimit ?? DEFAULT_QUEUE_LIMIT,
      transmit: request,
      changed: () => this.#driver.connection.patch({ queued: this.#queue.size }),
    });
    this.#order = new EventOrder({ clock, apply: (event) => this.#apply(event), repair: (id) => this.#repair(id) });
    this.conversations = new Conversations({ api: this.api, clock, log, me, isOpen: (id) => this.#views.has(id), changed: (id, info) => this.#changed(id, info) });
    this.presence = new PresenceBook({ clock, log, request });
  }

  readonly connect = (): void => this.#driver.dispatch({ type: "connect" });
  readonly reconnect = (): void => this.#driver.dispatch({ type: "reconnect" });
  readonly disconnect = (): void => this.#driver.dispatch({ type: "disconnect" });

  readonly logout = (): void => {
    this.#driver.dispatch({ type: "logout" });
    this.#queue.clear(localError("closed", "The session was ended."));
    for (const view of this.#views.values()) view.close();
    this.#views.clear();
    this.#order.clear();
    this.conversations.clear();
    this.presence.clear();
  };

  on<T extends ServerFrame["type"]>(type: T, listener: FrameListener<T>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    // Frames are filed by their type, so this listener gets no other.
    const entry = (frame: ServerFrame): void => listener(frame as Extract<ServerFrame, { type: T }>);
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
      if (listeners.size === 0 && this.#listeners.get(type) === listeners) this.#listeners.delete(type);
    };
  }

  request(command: Command, options: { timeoutMs?: number } = {}): Promise<ServerFrame> {
    return this.#driver.request(command, options.timeoutMs);
  }

  conversation(id: string): ConversationView {
    const known = this.#views.get(id);
    if (known !== undefined) return known;
    const view = new ConversationView({
      id,
      api: this.api,
      clock: this.#clock,
      queue: this.#queue,
      conversations: this.conversations,
      me: () => this.#me(),
      maxMessageChars: () => this.#maxMessageChars,
      request: (command) => this.request(command),
      post: (command) => this.#driver.post(command),
    });
    this.#views.set(id, view);
    return view;
  }

  #credentials(): { token(): Promise<string>; renew(): Promise<string | null> } {
    return {
      token: () => this.#tokens.get(false),
      renew: () => (this.#tokens.renewable ? this.#tokens.get(true) : Promise.resolve(null)),
    };
  }

  #me(): string | null {
    return this.connection.snapshot().user?.id ?? this.#tokens.subject;
  }

  #connected(welcome: Welcome): void {
    this.#maxMessageChars = welcome.limits.max_message_chars;
    if (welcome.resumed) for (const id of welcome.reset) this.#reset(id);
    else this.#resetAll();
    this.#queue.start();
    this.presence.connected();
    for (const view of this.#views.values()) view.connected();
  }

  #lost(): void {
    this.#queue.stop();
    this.presence.disconnected();
    for (const view of this.#views.values()) view.disconnected();
  }

  #frame(frame: ServerFrame): void {
    for (const event of eventsIn(frame)) this.#order.receive(event);
    if (frame.type === "typing") this.#views.get(frame.conversation_id)?.applyTyping(frame.user_id, frame.is_typing);
    this.presence.receive(frame);
    notify(this.#listeners.get(frame.type) ?? [], frame);
  }

  #apply(event: ConversationEvent): void {
    this.conversations.apply(event);
    this.#views.get(conversationOf(event))?.apply(event);
    if ((event.type === "message" || event.type === "message_sent") && event.message.sender_id === this.#me() && event.message.client_id !== null) {
      this.#queue.acknowledge(event.message.client_id, event.message);
    }
  }

  #changed(id: string, info: Conversation | null): void {
    if (info === null) this.#order.forget(id);
    else this.#order.begin(id, info.offset);
    this.#views.get(id)?.setInfo(info);
  }

  /** A gap did not fill. The events around it have been applied. */
  #repair(id: string): void {
    if (this.#views.get(id)?.reload() !== true) this.conversations.refresh(id);
  }

  #reset(id: string): void {
    this.#order.forget(id);
    this.#repair(id);
  }

  #resetAll(): void {
    this.#order.clear();
    this.conversations.reload();
    for (const view of this.#views.values()) view.reload();
  }
}
