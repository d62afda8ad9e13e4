// One conversation as a view uses it: history, sending, receipts and typing put together, and one snapshot of it all.
// Leaves the messages themselves to timeline.ts, which of them are loaded to history.ts, the conversation's counts to conversations.ts, and the wire to its options.

import type { Clock } from "../connection/clock";
import type { SendQueue } from "../connection/queue";
import { ignorable, sessionEnded, TuttiError } from "../errors";
import type { Command, Conversation, Message, MessagePage, ServerFrame } from "../generated/protocol";
import type { HttpApi } from "../http/api";
import type { OutboxEntry } from "../storage/storage";
import { Fields, type Store, Usage } from "../store";
import type { Conversations } from "./conversations";
import type { ConversationEvent } from "./events";
import { History, type HistorySnapshot, LARGEST_PAGE, NOTHING_LOADED } from "./history";
import { type Draft, entryOf, entryOfView, viewOf } from "./pending";
import { Receipts } from "./receipts";
import { type MessageView, Timeline } from "./timeline";
import { OthersTyping, OwnTyping } from "./typing";

/** What is known of a conversation. */
export interface ConversationSnapshot extends HistorySnapshot {
  info: Conversation | null;
  /** Oldest first, in seq order, those on their way last. */
  messages: readonly MessageView[];
  /** Others who are writing now. */
  typing: readonly string[];
  /** last_read_seq by user id, the caller included. */
  readers: Readonly<Record<string, number>>;
}

const NOTHING: ConversationSnapshot = { ...NOTHING_LOADED, info: null, messages: [], typing: [], readers: {} };

export interface ConversationHandle extends Store<ConversationSnapshot> {
  readonly id: string;
  /** Never rejects: the snapshot carries the error. */
  load(): Promise<void>;
  /** Never rejects: the snapshot carries the error. */
  loadOlder(): Promise<void>;
  /** Shows a message and those around it instead of what is loaded, for a link or a search. Never rejects. */
  loadAround(messageId: string): Promise<void>;
  /** After `loadAround`: the next newer ones. Never rejects. */
  loadNewer(): Promise<void>;
  /** After `loadAround`: back to the newest ones, and live again. `send` does it by itself. Never rejects. */
  loadLatest(): Promise<void>;
  /** Shows at once, is sent when connected, survives reconnects with the same client_id. Resolves when stored. */
  send(draft: Draft): Promise<Message>;
  /** Sends a failed message again, with the same client_id. */
  retry(key: string): void;
  /** Gives up on a message that is not stored yet. */
  discard(key: string): void;
  /** Replaces the text of a message. Rejects with a TuttiError. */
  edit(messageId: string, text: string): Promise<void>;
  /** Deletes a message for everybody. Rejects with a TuttiError. */
  remove(messageId: string): Promise<void>;
  /** Adds the caller's reaction. Rejects with a TuttiError. */
  react(messageId: string, emoji: string): Promise<void>;
  /** Takes the caller's reaction back. Rejects with a TuttiError. */
  unreact(messageId: string, emoji: string): Promise<void>;
  /** Batches: one read_receipt per second at most. Without an id: up to the newest message. */
  markRead(messageId?: string): void;
  /** Call on every keystroke with true; debounced and refreshed; false at once on send or blur. */
  typing(isTyping: boolean): void;
  /** The replies to a message, the newest first. Rejects with a TuttiError. */
  thread(rootId: string): Promise<MessagePage>;
}

export interface ConversationOptions {
  id: string;
  api: HttpApi;
  clock: Clock;
  queue: SendQueue;
  conversations: Conversations;
  me(): string | null;
  /** Nobody is signed in any more, and nobody yet again. */
  ended(): boolean;
  /** The time for a message that is written now. */
  writtenAt(): number;
  maxMessageChars(): number;
  request(command: Command): Promise<ServerFrame>;
  /** Sends something that nobody answers. */
  post(command: Command): void;
  /** Somebody watches, or nobody any more. */
  used(used: boolean): void;
}

export class ConversationView implements ConversationHandle {
  readonly id: string;
  readonly #timeline: Timeline;
  readonly #state: Fields<ConversationSnapshot>;
  readonly #ownTyping: OwnTyping;
  readonly #othersTyping: OthersTyping;
  readonly #receipts: Receipts;
  readonly #history: History;
  readonly #usage: Usage;
  /** Held while messages are on their way or failed, so that they are not forgotten with the handle. */
  #pendingUse: (() => void) | null = null;
  #closed = false;

  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => ConversationSnapshot;

  constructor(private readonly options: ConversationOptions) {
    const { id, clock } = options;
    this.id = id;
    this.#timeline = new Timeline(options.me);
    const info = options.conversations.find(id);
    this.#state = new Fields<ConversationSnapshot>({ ...NOTHING, info, readers: readersOf({}, info) });
    this.#usage = new Usage(options.used);
    this.subscribe = this.#usage.counting(this.#state.subscribe);
    this.snapshot = this.#state.snapshot;
    this.#ownTyping = new OwnTyping(clock, (isTyping) => options.post({ type: "typing", conversation_id: id, is_typing: isTyping }));
    this.#othersTyping = new OthersTyping(clock, (typing) => this.#show({ typing }));
    this.#receipts = new Receipts(clock, (messageId) => options.request({ type: "read_receipt", conversation_id: id, message_id: messageId }));
    this.#history = new History({
      ...options,
      timeline: this.#timeline,
      changed: (fields) => this.#show(fields),
      loaded: (messages) => this.#loaded(messages),
    });
  }

  load(): Promise<void> {
    return this.#page((history) => history.load());
  }

  loadOlder(): Promise<void> {
    return this.#page((history) => history.loadOlder());
  }

  loadAround(messageId: string): Promise<void> {
    return this.#page((history) => history.loadAround(messageId));
  }

  loadNewer(): Promise<void> {
    return this.#page((history) => history.loadNewer());
  }

  loadLatest(): Promise<void> {
    return this.#page((history) => history.loadLatest());
  }

  send(draft: Draft): Promise<Message> {
    const problem = this.#problemWith(draft);
    if (problem !== null) return ignorable(Promise.reject(problem));
    this.#ownTyping.set(false);
    if (this.#timeline.detached) void this.loadLatest();
    return this.resend(entryOf(this.id, draft, this.options.writtenAt()));
  }

  retry(key: string): void {
    const view = this.#timeline.pending(key);
    if (view?.delivery === "failed") void this.resend(entryOfView(view));
  }

  /** Shows a message as on its way, and sends it, also one that an earlier page has left behind. */
  resend(entry: OutboxEntry): Promise<Message> {
    if (this.#ended) return ignorable(Promise.reject(sessionEnded()));
    this.#timeline.addPending(viewOf(entry, this.options.me() ?? ""));
    this.#publish();
    return this.#enqueue(entry);
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
    if (this.#ended) return;
    const last = this.#timeline.newest ?? this.snapshot().info?.last_message ?? null;
    const message = messageId === undefined ? last : (this.#timeline.find(messageId) ?? (last?.id === messageId ? last : null));
    // What this conversation does not show cannot have been read here.
    if (message === null || message.seq <= this.#knownRead()) return;
    this.#receipts.add({ messageId: message.id, seq: message.seq });
    this.options.conversations.readUpTo(this.id, message.seq);
  }

  typing(isTyping: boolean): void {
    if (!this.#ended) this.#ownTyping.set(isTyping);
  }

  thread(rootId: string): Promise<MessagePage> {
    if (this.#ended) return ignorable(Promise.reject(sessionEnded()));
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
      this.#history.forget();
      this.#receipts.stop();
      this.#show({ info, status: "error", error });
    } else {
      this.#show({ info, readers: readersOf(this.snapshot().readers, info) });
    }
  }

  /** Events were missed: what was loaded is loaded again. Returns whether there was anything. */
  reload(): boolean {
    return this.#history.reload();
  }

  connected(): void {
    if (this.#usage.inUse) this.#history.retry();
    this.#receipts.resume();
  }

  disconnected(): void {
    this.#othersTyping.clear();
  }

  /** The end of the session: nothing of it is shown any more, whatever is still under way. */
  close(): void {
    this.#closed = true;
    this.#history.stop();
    this.#receipts.stop();
    this.#ownTyping.set(false);
    this.#othersTyping.clear();
    this.#state.set(NOTHING);
  }

  /** Its user's session is over, and whoever comes next must not speak through it. */
  get #ended(): boolean {
    return this.#closed || this.options.ended();
  }

  #loaded(messages: readonly Message[]): void {
    for (const message of messages) this.#acknowledge(message);
    this.#publish();
  }

  /** Whatever shows an own message as stored acknowledges it. */
  #acknowledge(message: Message): void {
    if (message.client_id !== null && message.sender_id === this.options.me()) this.options.queue.acknowledge(message.client_id, message);
  }

  #enqueue(entry: OutboxEntry): Promise<Message> {
    return ignorable(new Promise((resolve, reject) => {
      this.options.queue.add({
        entry,
        stored: (message) => {
          this.#timeline.put(message);
          this.#publish();
          resolve(message);
        },
        failed: (error) => {
          this.#timeline.setFailed(entry.clientId, error);
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

  /** Loads nothing for a handle whose session is over: it would show nothing of it. */
  #page(load: (history: History) => Promise<void>): Promise<void> {
    return this.#closed ? Promise.resolve() : load(this.#history);
  }

  /** For changes whose reply comes back as an event. */
  #ask(command: Command): Promise<void> {
    return ignorable(this.#ended ? Promise.reject(sessionEnded()) : this.options.request(command).then(() => undefined));
  }

  /** The caller's read position: the server's word, or what is on its way there. */
  #knownRead(): number {
    const me = this.options.me();
    return me === null ? 0 : (this.snapshot().readers[me] ?? 0);
  }

  #noteReader(userId: string, seq: number): void {
    const readers = this.snapshot().readers;
    if (seq > (readers[userId] ?? 0)) this.#show({ readers: { ...readers, [userId]: seq } });
  }

  #publish(): void {
    if (this.#timeline.hasPending) {
      this.#pendingUse ??= this.#usage.begin();
    } else {
      this.#pendingUse?.();
      this.#pendingUse = null;
    }
    this.#show({ messages: this.#timeline.views });
  }

  #show(fields: Partial<ConversationSnapshot>): void {
    if (!this.#closed) this.#state.patch(fields);
  }
}

function readersOf(before: Readonly<Record<string, number>>, info: Conversation | null): Readonly<Record<string, number>> {
  const readers: Record<string, number> = { ...before };
  for (const member of info?.members ?? []) readers[member.user_id] = Math.max(member.last_read_seq, readers[member.user_id] ?? 0);
  return readers;
}
