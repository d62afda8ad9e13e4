// One conversation as a view uses it: loading, sending, receipts and typing put together, and one snapshot of it all.
// Leaves the messages themselves to timeline.ts, the conversation's counts to conversations.ts, and the wire to its options.

import type { Clock } from "../connection/clock";
import type { SendQueue } from "../connection/queue";
import { asTuttiError, ignorable, TuttiError } from "../errors";
import type { Attachment, Command, Conversation, HistoryQuery, Message, MessagePage, ServerFrame } from "../generated/protocol";
import type { HttpApi } from "../http/api";
import { Fields, type Store } from "../store";
import type { Conversations } from "./conversations";
import type { ConversationEvent } from "./events";
import { Receipts } from "./receipts";
import { Refresher } from "./refresher";
import { type MessageView, Timeline } from "./timeline";
import { OthersTyping, OwnTyping } from "./typing";

export interface ConversationSnapshot {
  info: Conversation | null;
  /** Oldest first, in seq order, those on their way last. */
  messages: readonly MessageView[];
  status: "idle" | "loading" | "ready" | "error";
  error: TuttiError | null;
  hasOlder: boolean;
  loadingOlder: boolean;
  /** Others who are writing now. */
  typing: readonly string[];
  /** last_read_seq by user id, the caller included. */
  readers: Readonly<Record<string, number>>;
}

export interface Draft {
  message: string;
  reply_to?: string;
  thread_id?: string;
  mentions?: string[];
  attachments?: Attachment[];
  metadata?: Record<string, unknown>;
}

export interface ConversationHandle extends Store<ConversationSnapshot> {
  readonly id: string;
  /** Never rejects: the snapshot carries the error. */
  load(): Promise<void>;
  /** Never rejects: the snapshot carries the error. */
  loadOlder(): Promise<void>;
  /** Shows at once, is sent when connected, survives reconnects with the same client_id. Resolves when stored. */
  send(draft: Draft): Promise<Message>;
  /** Sends a failed message again, with the same client_id. */
  retry(key: string): void;
  /** Gives up on a message that is not stored yet. */
  discard(key: string): void;
  edit(messageId: string, text: string): Promise<void>;
  remove(messageId: string): Promise<void>;
  react(messageId: string, emoji: string): Promise<void>;
  unreact(messageId: string, emoji: string): Promise<void>;
  /** Batches: one read_receipt per second at most. Without an id: up to the newest message. */
  markRead(messageId?: string): void;
  /** Call on every keystroke with true; debounced and refreshed; false at once on send or blur. */
  typing(isTyping: boolean): void;
  thread(rootId: string): Promise<MessagePage>;
}

export interface ConversationOptions {
  id: string;
  api: HttpApi;
  clock: Clock;
  queue: SendQueue;
  conversations: Conversations;
  me(): string | null;
  maxMessageChars(): number;
  request(command: Command): Promise<ServerFrame>;
  /** Sends something that nobody answers. */
  post(command: Command): void;
}

const PAGE_SIZE = 50;
const LARGEST_PAGE = 100;
/** How many of the largest pages a reload goes back over messages that are loaded already. */
const MOST_RENEWED_PAGES = 5;

export class ConversationView implements ConversationHandle {
  readonly id: string;
  readonly #timeline: Timeline;
  readonly #state: Fields<ConversationSnapshot>;
  readonly #ownTyping: OwnTyping;
  readonly #othersTyping: OthersTyping;
  readonly #receipts: Receipts;
  readonly #reloader: Refresher;
  #first: Promise<void> | null = null;
  #older: Promise<void> | null = null;

  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => ConversationSnapshot;

  constructor(private readonly options: ConversationOptions) {
    const { id, clock } = options;
    this.id = id;
    this.#timeline = new Timeline(options.me);
    const info = options.conversations.find(id);
    this.#state = new Fields<ConversationSnapshot>({
      info, messages: [], status: "idle", error: null, hasOlder: false, loadingOlder: false, typing: [], readers: readersOf({}, info),
    });
    this.subscribe = this.#state.subscribe;
    this.snapshot = this.#state.snapshot;
    this.#ownTyping = new OwnTyping(clock, (isTyping) => options.post({ type: "typing", conversation_id: id, is_typing: isTyping }));
    this.#othersTyping = new OthersTyping(clock, (typing) => this.#state.patch({ typing }));
    this.#receipts = new Receipts(clock, (messageId) => options.request({ type: "read_receipt", conversation_id: id, message_id: messageId }));
    this.#reloader = new Refresher(clock, () => this.#reload(), (error) => this.#state.patch({ error }));
  }

  load(): Promise<void> {
    this.#first ??= this.#loadFirst();
    return this.#first;
  }

  loadOlder(): Promise<void> {
    const oldest = this.#timeline.oldest;
    if (oldest === null || !this.snapshot().hasOlder) return Promise.resolve();
    this.#older ??= this.#loadBefore(oldest.id).finally(() => {
      this.#older = null;
    });
    return this.#older;
  }

  send(draft: Draft): Promise<Message> {
    const problem = this.#problemWith(draft);
    if (problem !== null) return ignorable(Promise.reject(problem));
    const view = pendingView(this.id, draft, this.options.me() ?? "", this.options.clock.now());
    this.#timeline.addPending(view);
    this.#ownTyping.set(false);
    this.#publish();
    return this.#enqueue(view.key, draft);
  }

  retry(key: string): void {
    const view = this.#timeline.pending(key);
    if (view?.delivery !== "failed") return;
    this.#timeline.setDelivery(key, "sending", null);
    this.#publish();
    void this.#enqueue(key, draftOf(view));
  }

  discard(key: string): void {
    this.options.queue.cancel(key);
    this.#timeline.removePending(key);
    this.#publish();
  }

  edit(messageId: string, text: string): Promise<void> {
    return this.#ask({ type: "message_edit", message_id: messageId, message: text });
  }

  remove(messageId: string): Promise<void> {
    return this.#ask({ type: "message_delete", message_id: messageId });
  }

  react(messageId: string, emoji: string): Promise<void> {
    return this.#ask({ type: "reaction_add", message_id: messageId, emoji });
  }

  unreact(messageId: string, emoji: string): Promise<void> {
    return this.#ask({ type: "reaction_remove", message_id: messageId, emoji });
  }

  markRead(messageId?: string): void {
    const last = this.#timeline.newest ?? this.snapshot().info?.last_message ?? null;
    const message = messageId === undefined ? last : (this.#timeline.find(messageId) ?? (last?.id === messageId ? last : null));
    // What this conversation does not show cannot have been read here.
    if (message === null || message.seq <= this.#knownRead()) return;
    this.#receipts.add({ messageId: message.id, seq: message.seq });
    this.options.conversations.readUpTo(this.id, message.seq);
  }

  typing(isTyping: boolean): void {
    this.#ownTyping.set(isTyping);
  }

  thread(rootId: string): Promise<MessagePage> {
    return this.options.api.messages(this.id, { thread_id: rootId, limit: LARGEST_PAGE });
  }

  /** An event of this conversation, in order. */
  apply(event: ConversationEvent): void {
    this.#timeline.apply(event);
    if (event.type === "message") this.#othersTyping.set(event.message.sender_id, false);
    if (event.type === "read_receipt") this.#noteReader(event.user_id, event.last_read_seq);
    if (event.type === "member_removed") this.#othersTyping.set(event.user_id, false);
    this.#publish();
  }

  /** Another member writes, or stopped. */
  applyTyping(userId: string, isTyping: boolean): void {
    if (userId !== this.options.me()) this.#othersTyping.set(userId, isTyping);
  }

  /** What is known of the conversation changed; null: it is gone. */
  setInfo(info: Conversation | null): void {
    if (info === null) {
      const error = new TuttiError("not_found", `conversation ${this.id} is gone`);
      this.#reloader.stop();
      this.#receipts.stop();
      this.#first = null;
      this.#state.patch({ info, status: "error", error });
    } else {
      this.#state.patch({ info, readers: readersOf(this.snapshot().readers, info) });
    }
  }

  /** Events were missed: what was loaded is loaded again. Returns whether there was anything. */
  reload(): boolean {
    if (this.#first !== null) this.#reloader.request();
    return this.#first !== null;
  }

  connected(): void {
    this.#receipts.resume();
  }

  disconnected(): void {
    this.#othersTyping.clear();
  }

  /** The end of the session. */
  close(): void {
    this.#reloader.stop();
    this.#receipts.stop();
    this.#ownTyping.set(false);
    this.#othersTyping.clear();
  }

  async #loadFirst(): Promise<void> {
    this.#state.patch({ status: "loading", error: null });
    try {
      await this.options.conversations.ensure(this.id);
      const page = await this.#loadPage({ limit: PAGE_SIZE }, "replace");
      this.#state.patch({ status: "ready", hasOlder: page.has_more });
    } catch (thrown) {
      this.#first = null;
      this.#state.patch({ status: "error", error: asTuttiError(thrown) });
    }
  }

  async #loadBefore(messageId: string): Promise<void> {
    this.#state.patch({ loadingOlder: true });
    try {
      const page = await this.#loadPage({ before_id: messageId, limit: PAGE_SIZE });
      this.#state.patch({ loadingOlder: false, hasOlder: page.has_more, error: null });
    } catch (thrown) {
      this.#state.patch({ loadingOlder: false, error: asTuttiError(thrown) });
    }
  }

  async #reload(): Promise<void> {
    await this.#first;
    if (this.#first === null) return;
    await this.options.conversations.read(this.id);
    const [oldest, newest] = [this.#timeline.oldest, this.#timeline.newest];
    if (oldest === null || newest === null) {
      const page = await this.#loadPage({ limit: PAGE_SIZE });
      this.#state.patch({ hasOlder: page.has_more });
    } else {
      await this.#loadAfter(newest.id);
      await this.#renew(oldest.seq);
    }
    this.#state.patch({ status: "ready", error: null });
  }

  /** What was sent since. */
  async #loadAfter(messageId: string): Promise<void> {
    for (let after = messageId; ;) {
      const page = await this.#loadPage({ after_id: after, limit: LARGEST_PAGE });
      const newest = page.messages[0];
      if (!page.has_more || newest === undefined) return;
      after = newest.id;
    }
  }

  /** What became of the messages that were loaded: edits, deletions and reactions leave no trace in what is new. */
  async #renew(oldestSeq: number): Promise<void> {
    let query: HistoryQuery = { limit: LARGEST_PAGE };
    for (let pages = 0; pages < MOST_RENEWED_PAGES; pages++) {
      const page = await this.#loadPage(query);
      const last = page.messages.at(-1);
      if (!page.has_more || last === undefined || last.seq <= oldestSeq) return;
      query = { before_id: last.id, limit: LARGEST_PAGE };
    }
  }

  async #loadPage(query: HistoryQuery, mode: "add" | "replace" = "add"): Promise<MessagePage> {
    const page = await this.#timeline.load(() => this.options.api.messages(this.id, query), mode);
    for (const message of page.messages) this.#acknowledge(message);
    this.#publish();
    return page;
  }

  /** Whatever shows an own message as stored acknowledges it. */
  #acknowledge(message: Message): void {
    if (message.client_id !== null && message.sender_id === this.options.me()) this.options.queue.acknowledge(message.client_id, message);
  }

  #enqueue(key: string, draft: Draft): Promise<Message> {
    return ignorable(new Promise((resolve, reject) => {
      this.options.queue.add({
        clientId: key,
        lane: this.id,
        command: { type: "message", conversation_id: this.id, client_id: key, ...draft },
        stored: (message) => {
          this.#timeline.put(message);
          this.#publish();
          resolve(message);
        },
        failed: (error) => {
          this.#timeline.setDelivery(key, "failed", error);
          this.#publish();
          reject(error);
        },
      });
    }));
  }

  #problemWith(draft: Draft): TuttiError | null {
    const limit = this.options.maxMessageChars();
    const invalid = (message: string): TuttiError => new TuttiError("validation_failed", message, { field: "message", userMessage: message });
    // Code points, as the server counts; `length` counts UTF-16 units.
    if (draft.message.length > limit && [...draft.message].length > limit) return invalid(`A message has at most ${limit} characters.`);
    if (draft.message.trim() === "" && (draft.attachments ?? []).length === 0) return invalid("A message cannot be empty.");
    return null;
  }

  /** For changes whose reply comes back as an event. */
  #ask(command: Command): Promise<void> {
    return ignorable(this.options.request(command).then(() => undefined));
  }

  /** The caller's read position: the server's word, or what is on its way there. */
  #knownRead(): number {
    const me = this.options.me();
    return me === null ? 0 : (this.snapshot().readers[me] ?? 0);
  }

  #noteReader(userId: string, seq: number): void {
    const readers = this.snapshot().readers;
    if (seq > (readers[userId] ?? 0)) this.#state.patch({ readers: { ...readers, [userId]: seq } });
  }

  #publish(): void {
    this.#state.patch({ messages: this.#timeline.views });
  }
}

function readersOf(before: Readonly<Record<string, number>>, info: Conversation | null): Readonly<Record<string, number>> {
  const readers: Record<string, number> = { ...before };
  for (const member of info?.members ?? []) readers[member.user_id] = Math.max(member.last_read_seq, readers[member.user_id] ?? 0);
  return readers;
}

function pendingView(id: string, draft: Draft, me: string, now: number): MessageView {
  const key = crypto.randomUUID();
  return {
    id: key,
    conversation_id: id,
    seq: 0,
    sender_id: me,
    message: draft.message,
    client_id: key,
    created_at: new Date(now).toISOString(),
    edited_at: null,
    deleted: false,
    reply_to: draft.reply_to ?? null,
    thread_id: draft.thread_id ?? null,
    thread: null,
    mentions: draft.mentions ?? [],
    reactions: [],
    attachments: draft.attachments ?? [],
    metadata: draft.metadata ?? {},
    delivery: "sending",
    failure: null,
    key,
  };
}

function draftOf(view: MessageView): Draft {
  return {
    message: view.message,
    mentions: view.mentions,
    attachments: view.attachments,
    metadata: view.metadata,
    ...(view.reply_to === null ? {} : { reply_to: view.reply_to }),
    ...(view.thread_id === null ? {} : { thread_id: view.thread_id }),
  };
}
