// Puts the parts together and routes frames between them. The rules are in the parts: nothing is decided here but who is told.

import type { ChannelHandle } from "./channels/channel";
import { Channels } from "./channels/channels";
import { ConversationView, type ConversationHandle } from "./chat/conversation";
import { Conversations, type ConversationList } from "./chat/conversations";
import { type ConversationEvent, conversationOf, eventsIn } from "./chat/events";
import { EventOrder } from "./chat/gap";
import { type Clock, systemClock } from "./connection/clock";
import { loadCodec } from "./connection/codec";
import { type ConnectionSnapshot, Driver } from "./connection/driver";
import { Metrics, type MetricsSnapshot } from "./connection/metrics";
import { SendQueue } from "./connection/queue";
import type { Logouts } from "./connection/sharing/logouts";
import { TokenSource } from "./connection/token";
import { sessionEnded } from "./errors";
import type { Command, Conversation, IssuedToken, ServerFrame, Welcome } from "./generated/protocol";
import { Handles } from "./handles";
import { createHttpApi, type Credentials, type HttpApi } from "./http/api";
import { type ClientOptions, globalFetch, logoutsOf, settingsOf, socketOf } from "./options";
import { PresenceBook, type PresenceHandle } from "./presence/presence";
import { Outbox } from "./storage/outbox";
import type { OutboxEntry } from "./storage/storage";
import { notify, type Store } from "./store";

/** Is told of frames of one type. @inline */
type FrameListener<T extends ServerFrame["type"]> = (frame: Extract<ServerFrame, { type: T }>) => void;

/** One user's session with one server. Nothing is opened before `connect()`. */
export interface TuttiClient {
  /** How the connection stands. */
  readonly connection: Store<ConnectionSnapshot>;
  /** How good the connection is. */
  readonly metrics: Store<MetricsSnapshot>;
  /** Connects, and keeps connected until `disconnect` or `logout`. Does nothing when that is so already. */
  connect(): void;
  /** Try again now, resetting the attempt counter, with a fresh token if there is a way to get one. */
  reconnect(): void;
  /** Close without saying goodbye (presence lingers). */
  disconnect(): void;
  /** Say goodbye (logout frame), close, and forget what was loaded. Before the next `connect` or `reconnect` nothing is loaded or sent: it fails with `closed`. */
  logout(): void;
  /** Every frame from the server, typed by `type`. Returns the way to stop. */
  on<T extends ServerFrame["type"]>(type: T, listener: FrameListener<T>): () => void;
  /** Send a command and await its reply; rejects with TuttiError. */
  request(command: Command, options?: { timeoutMs?: number }): Promise<ServerFrame>;
  /** The user's conversations, with unread counts. */
  readonly conversations: ConversationList;
  /** The same handle for the same id, until logout. */
  conversation(id: string): ConversationHandle;
  /** The same handle for the same name (`namespace:rest`), until logout. */
  channel(name: string): ChannelHandle;
  /** Who is here, and how the user appears to others. */
  readonly presence: PresenceHandle;
  /** The HTTP interface, with the same token. */
  readonly api: HttpApi;
}

/** Conversations that are kept with what was loaded though nobody watches them. */
const MOST_IDLE_CONVERSATIONS = 50;
/** Until the welcome says. */
const DEFAULT_MAX_MESSAGE_CHARS = 5000;

/** Makes a client. It touches nothing outside of itself before `connect()`. */
export function createClient(options: ClientOptions): TuttiClient {
  return new Client(options);
}

/** Signs in by name at a server that runs with `--dev`; the token carries the roles. */
export function devSignIn(url: string, name: string, roles?: readonly string[]): Promise<IssuedToken> {
  return createHttpApi({ url, fetch: globalFetch, clock: systemClock, credentials: null }).devSignIn(name, roles);
}

class Client implements TuttiClient {
  readonly connection: Store<ConnectionSnapshot>;
  readonly metrics: Store<MetricsSnapshot>;
  readonly conversations: Conversations;
  readonly presence: PresenceBook;
  readonly api: HttpApi;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #tokens: TokenSource;
  readonly #driver: Driver;
  readonly #logouts: Logouts;
  readonly #queue: SendQueue;
  readonly #outbox: Outbox;
  readonly #order: EventOrder;
  readonly #views: Handles<ConversationView>;
  readonly #channels: Channels;
  readonly #listeners = new Map<ServerFrame["type"], Set<(frame: ServerFrame) => void>>();
  #maxMessageChars = DEFAULT_MAX_MESSAGE_CHARS;
  /** Whose everything is that was loaded and written. */
  #user: string | null = null;
  /** When the last message was written here: no two at the same time, so that they are in order wherever they are kept. */
  #writtenAt = 0;

  constructor(options: ClientOptions) {
    const settings = settingsOf(options);
    const { url, clock, log } = settings;
    const me = (): string | null => this.#me();
    const request = (command: Command): Promise<ServerFrame> => this.request(command);
    this.#url = url;
    this.#clock = clock;
    this.#tokens = new TokenSource(options.token, clock);
    const metrics = new Metrics({ clock, log, tell: options.onMetric });
    const socket = socketOf(settings, () => this.#tokens.subject);
    this.#driver = new Driver(
      { ...settings, tokens: this.#tokens, metrics, socket, codec: () => loadCodec(settings.codec, log) },
      { connected: (welcome) => this.#connected(welcome), lost: () => this.#lost(), frame: (frame) => this.#frame(frame) },
    );
    this.#logouts = logoutsOf(settings, (user) => {
      if (user === this.#user) this.#end();
    });
    this.connection = this.#driver.connection;
    this.metrics = metrics.store;
    this.api = createHttpApi({ url, fetch: settings.fetch, clock, credentials: this.#credentials() });
    this.#outbox = new Outbox({
      storage: settings.storage,
      clock,
      log,
      room: () => this.#queue.room,
      restored: (entry) => this.#restored(entry),
    });
    this.#queue = new SendQueue({
      clock,
      limit: settings.queueLimit,
      transmit: request,
      changed: () => this.#driver.connection.patch({ queued: this.#queue.size }),
      outbox: this.#outbox,
    });
    this.#order = new EventOrder({ clock, apply: (event) => this.#apply(event), repair: (id) => this.#repair(id) });
    this.#views = new Handles(MOST_IDLE_CONVERSATIONS, (id, used) => this.#view(id, used));
    this.#channels = new Channels({ api: this.api, clock, request });
    this.conversations = new Conversations({ api: this.api, clock, log, me, isOpen: (id) => this.#views.find(id) !== undefined, changed: (id, info) => this.#changed(id, info) });
    this.presence = new PresenceBook({ clock, log, request });
    // A token function names the user at some time during an attempt, long before a server that cannot be reached would.
    this.connection.subscribe(() => {
      if (!this.#outbox.isOpen) this.#openOutbox();
    });
  }

  readonly connect = (): void => this.#begin("connect");
  readonly reconnect = (): void => this.#begin("reconnect");

  readonly disconnect = (): void => {
    this.#logouts.stop();
    this.#driver.dispatch({ type: "disconnect" });
  };

  readonly logout = (): void => {
    // So that what an earlier page left behind is forgotten, too.
    this.#openOutbox();
    if (this.#user !== null) this.#logouts.tell(this.#user);
    this.#end();
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
    return this.#views.get(id);
  }

  channel(name: string): ChannelHandle {
    return this.#channels.get(name);
  }

  #begin(how: "connect" | "reconnect"): void {
    this.#logouts.listen();
    this.#openOutbox();
    this.#driver.dispatch({ type: how });
  }

  /** The session is over, here or in another tab. */
  #end(): void {
    this.#logouts.stop();
    this.#driver.dispatch({ type: "logout" });
    this.#tokens.forget();
    this.#forget();
  }

  #openOutbox(): void {
    const me = this.#me();
    if (me !== null) this.#belongTo(me);
  }

  /** What is loaded and written is this user's, and nobody else sends or sees it. */
  #belongTo(user: string): void {
    if (this.#user !== null && this.#user !== user) this.#forget();
    this.#user = user;
    this.#outbox.open(`${this.#url} ${user}`);
  }

  #forget(): void {
    this.#user = null;
    this.#queue.clear(sessionEnded());
    this.#outbox.clear();
    const views = this.#views.values();
    this.#views.clear();
    this.#order.clear();
    // Before the views tell that they are empty: whoever hears it may ask for new ones at once.
    this.conversations.clear();
    for (const view of views) view.close();
    this.#channels.clear();
    this.presence.clear();
  }

  #stamp(): number {
    return (this.#writtenAt = Math.max(this.#clock.now(), this.#writtenAt + 1));
  }

  #restored(entry: OutboxEntry): void {
    this.#writtenAt = Math.max(this.#writtenAt, entry.createdAt);
    void this.conversation(entry.conversationId).resend(entry);
  }

  #view(id: string, used: (used: boolean) => void): ConversationView {
    return new ConversationView({
      id,
      api: this.api,
      clock: this.#clock,
      queue: this.#queue,
      conversations: this.conversations,
      me: () => this.#me(),
      ended: () => this.#driver.signedOut,
      writtenAt: () => this.#stamp(),
      maxMessageChars: () => this.#maxMessageChars,
      request: (command) => this.request(command),
      post: (command) => this.#driver.post(command),
      used,
    });
  }

  #credentials(): Credentials {
    const token = async (fresh: boolean): Promise<string> => {
      // One of the last session may be at hand, and must not serve any more.
      if (this.#driver.signedOut) throw sessionEnded();
      return this.#tokens.get(fresh);
    };
    return {
      token: () => token(false),
      renew: async () => (this.#tokens.renewable ? token(true) : null),
    };
  }

  #me(): string | null {
    return this.connection.snapshot().user?.id ?? this.#tokens.subject;
  }

  #connected(welcome: Welcome): void {
    this.#maxMessageChars = welcome.limits.max_message_chars;
    this.#belongTo(welcome.user.id);
    if (welcome.resumed) for (const id of welcome.reset) this.#reset(id);
    else this.#resetAll();
    this.#queue.start();
    this.conversations.connected();
    this.presence.connected();
    this.#channels.connected();
    for (const view of this.#views.values()) view.connected();
  }

  #lost(): void {
    this.#queue.stop();
    this.presence.disconnected();
    this.#channels.disconnected();
    for (const view of this.#views.values()) view.disconnected();
  }

  #frame(frame: ServerFrame): void {
    for (const event of eventsIn(frame)) this.#order.receive(event);
    if (frame.type === "typing") this.#views.find(frame.conversation_id)?.applyTyping(frame.user_id, frame.is_typing);
    this.presence.receive(frame);
    this.#channels.receive(frame);
    notify(this.#listeners.get(frame.type) ?? [], frame);
  }

  #apply(event: ConversationEvent): void {
    this.conversations.apply(event);
    this.#views.find(conversationOf(event))?.apply(event);
    if ((event.type === "message" || event.type === "message_sent") && event.message.sender_id === this.#me() && event.message.client_id !== null) {
      this.#queue.acknowledge(event.message.client_id, event.message);
    }
  }

  #changed(id: string, info: Conversation | null): void {
    if (info === null) this.#order.forget(id);
    else this.#order.begin(id, info.offset);
    this.#views.find(id)?.setInfo(info);
  }

  /** A gap did not fill. The events around it have been applied. */
  #repair(id: string): void {
    if (this.#views.find(id)?.reload() !== true) this.conversations.refresh(id);
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
