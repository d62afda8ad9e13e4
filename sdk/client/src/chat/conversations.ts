// The caller's conversations: the list a view shows, and what is known of each, kept live by events.
// Where the arithmetic of unread counts is not certain, the server is asked. Leaves messages to conversation.ts.

import type { Clock } from "../connection/clock";
import { asTuttiError, ignorable, sessionEnded, type TuttiError } from "../errors";
import type { Conversation, ConversationUnread, NewConversation } from "../generated/protocol";
import type { HttpApi } from "../http/api";
import type { Log } from "../log";
import { Fields, type Store, Usage } from "../store";
import { applyEvent, applyOwnRead, type Changed } from "./changes";
import { type ConversationEvent, conversationOf } from "./events";
import { Refresher } from "../refresher";

/** What is known of the caller's conversations. */
export interface ConversationListSnapshot {
  /** The most recently active first. */
  conversations: readonly Conversation[];
  status: "idle" | "loading" | "ready" | "error";
  error: TuttiError | null;
  hasMore: boolean;
  /** Unread messages in all conversations, also those on pages not loaded yet. */
  unread: number;
}

export interface ConversationList extends Store<ConversationListSnapshot> {
  /** Loads the first page if that has not happened; live afterwards. Never rejects: the snapshot carries the error. */
  load(): Promise<void>;
  /** Never rejects: the snapshot carries the error. */
  loadMore(): Promise<void>;
  /** Starts a conversation; a direct one that is there already is found again. Rejects with a TuttiError. */
  create(body: NewConversation): Promise<Conversation>;
}

export interface ConversationsOptions {
  api: HttpApi;
  clock: Clock;
  log: Log;
  me(): string | null;
  /** Whether somebody looks at this conversation, so that it is wanted even if the list was never loaded. */
  isOpen(id: string): boolean;
  /** A conversation changed; null: it is gone. */
  changed(id: string, conversation: Conversation | null): void;
}

export const PAGE_SIZE = 50;
/** How often a conversation is asked for again because events overtook the answer. */
const MOST_READS = 3;

export class Conversations implements ConversationList {
  readonly #known = new Map<string, Conversation>();
  /** Unread counts of conversations on pages not loaded yet. */
  readonly #elsewhere = new Map<string, number>();
  readonly #refreshers = new Map<string, Refresher>();
  readonly #reloader: Refresher;
  readonly #state = new Fields<ConversationListSnapshot>({ conversations: [], status: "idle", error: null, hasMore: false, unread: 0 });
  #cursor: string | null = null;
  /** `load` was called once. */
  #wanted = false;
  /** Counts sessions, so that answers to one do not appear in the next. */
  #session = 0;
  #first: Promise<void> | null = null;
  #more: Promise<void> | null = null;

  readonly #usage = new Usage(() => undefined);

  readonly subscribe = this.#usage.counting(this.#state.subscribe);
  readonly snapshot = this.#state.snapshot;

  constructor(private readonly options: ConversationsOptions) {
    this.#reloader = new Refresher(options.clock, () => this.#reload(), (error) => this.#state.patch({ error }));
  }

  load(): Promise<void> {
    this.#wanted = true;
    this.#first ??= this.#loadFirst(this.#session);
    return this.#first;
  }

  loadMore(): Promise<void> {
    if (this.#cursor === null) return Promise.resolve();
    this.#more ??= this.#loadNext(this.#cursor, this.#session).finally(() => {
      this.#more = null;
    });
    return this.#more;
  }

  create(body: NewConversation): Promise<Conversation> {
    return ignorable(this.#now(this.options.api.createConversation(body)).then((conversation) => this.#take(conversation)));
  }

  find(id: string): Conversation | null {
    return this.#known.get(id) ?? null;
  }

  /** What is known of it, asked for if nothing is. */
  async ensure(id: string): Promise<Conversation> {
    return this.find(id) ?? this.read(id);
  }

  /** Asks the server. An answer that events have overtaken is asked for again. */
  async read(id: string): Promise<Conversation> {
    for (let reads = 1; ; reads++) {
      const conversation = await this.#get(id);
      if (reads === MOST_READS || conversation.offset >= (this.find(id)?.offset ?? 0)) return this.#take(conversation, true);
    }
  }

  /** Reads it soon, whatever it takes. */
  refresh(id: string): void {
    const refresher = this.#refreshers.get(id) ?? new Refresher(this.options.clock, () => this.read(id).then(() => undefined), (error) => this.options.log.info(`conversation ${id} could not be read`, error));
    this.#refreshers.set(id, refresher);
    refresher.request();
  }

  /** Events were missed: everything that was loaded is loaded again. */
  reload(): void {
    if (this.#first !== null) this.#reloader.request();
  }

  /** Connected: a list that somebody watches is loaded if that has failed, or if it was another user's. */
  connected(): void {
    if (this.#usage.inUse && this.#wanted) void this.load();
  }

  apply(event: ConversationEvent): void {
    const id = conversationOf(event);
    if (this.#endsFor(event)) return this.#remove(id);
    const known = this.find(id);
    if (known === null) {
      if (this.#first !== null || this.options.isOpen(id)) this.refresh(id);
      return;
    }
    // Without an offset it is a state rather than a step; with an old one the known state has it in already.
    if (event.offset !== undefined && event.offset <= known.offset) return;
    this.#accept(applyEvent(known, event, this.options.me()));
  }

  /** The caller is reading this: counts fall before the server confirms it. */
  readUpTo(id: string, seq: number): void {
    const known = this.find(id);
    if (known !== null && seq >= known.last_seq) this.#accept(applyOwnRead(known, seq, this.options.me()));
  }

  /** The end of the session. */
  clear(): void {
    this.#session++;
    this.#reloader.stop();
    for (const refresher of this.#refreshers.values()) refresher.stop();
    this.#refreshers.clear();
    this.#known.clear();
    this.#elsewhere.clear();
    this.#cursor = null;
    this.#first = null;
    this.#more = null;
    this.#state.set({ conversations: [], status: "idle", error: null, hasMore: false, unread: 0 });
  }

  async #loadFirst(session: number): Promise<void> {
    this.#state.patch({ status: "loading", error: null });
    try {
      await this.#replace(1);
      this.#state.patch({ status: "ready" });
    } catch (thrown) {
      if (session !== this.#session) return;
      this.#first = null;
      this.#state.patch({ status: "error", error: asTuttiError(thrown) });
    }
  }

  async #loadNext(cursor: string, session: number): Promise<void> {
    try {
      const page = await this.#now(this.options.api.conversations({ cursor, limit: PAGE_SIZE }));
      for (const conversation of page.conversations) this.#put(conversation);
      this.#cursor = page.next_cursor;
      this.#state.patch({ error: null });
    } catch (thrown) {
      if (session !== this.#session) return;
      this.#state.patch({ error: asTuttiError(thrown) });
    }
    this.#publish();
  }

  async #reload(): Promise<void> {
    await this.#first;
    if (this.#first === null) return;
    await this.#replace(this.#known.size);
    this.#state.patch({ error: null });
  }

  /** Loads from the top at least this many, and lets go of what is not there any more. */
  async #replace(atLeast: number): Promise<void> {
    const before = [...this.#known.keys()];
    const unread = await this.#now(this.options.api.unread());
    const loaded: Conversation[] = [];
    let cursor: string | null = null;
    do {
      const page: { conversations: Conversation[]; next_cursor: string | null } = await this.#now(this.options.api.conversations({ limit: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) }));
      loaded.push(...page.conversations);
      cursor = page.next_cursor;
    } while (cursor !== null && loaded.length < atLeast);
    this.#cursor = cursor;
    this.#dropMissing(before, loaded, cursor === null);
    this.#countElsewhere(unread.conversations);
    for (const conversation of loaded) this.#put(conversation);
    this.#publish();
  }

  #dropMissing(before: readonly string[], loaded: readonly Conversation[], complete: boolean): void {
    const present = new Set(loaded.map((conversation) => conversation.id));
    const end = loaded.at(-1)?.updated_at ?? "";
    for (const id of before) {
      const onLaterPage = !complete && (this.find(id)?.updated_at ?? "") <= end;
      if (!present.has(id) && !onLaterPage) this.#remove(id);
    }
  }

  #countElsewhere(unread: readonly ConversationUnread[]): void {
    this.#elsewhere.clear();
    for (const entry of unread) {
      if (!this.#known.has(entry.conversation_id)) this.#elsewhere.set(entry.conversation_id, entry.unread);
    }
  }

  #get(id: string): Promise<Conversation> {
    return this.#now(this.options.api.conversation(id)).catch((thrown: unknown) => {
      const error = asTuttiError(thrown);
      if (error.code === "not_found" || error.code === "forbidden") this.#remove(id);
      throw error;
    });
  }

  #take(conversation: Conversation, force = false): Conversation {
    this.#put(conversation, force);
    this.#publish();
    return this.find(conversation.id) ?? conversation;
  }

  /** Keeps what events have brought further than this, unless forced. */
  #put(conversation: Conversation, force = false): void {
    const known = this.find(conversation.id);
    if (!force && known !== null && known.offset > conversation.offset) return;
    this.#known.set(conversation.id, conversation);
    this.#elsewhere.delete(conversation.id);
    this.options.changed(conversation.id, conversation);
  }

  #accept(changed: Changed): void {
    const { conversation, certain } = changed;
    if (conversation !== this.find(conversation.id)) this.#take(conversation, true);
    if (!certain) this.refresh(conversation.id);
  }

  /** An answer, if it comes within the session. */
  async #now<T>(answer: Promise<T>): Promise<T> {
    const session = this.#session;
    const value = await answer;
    if (session !== this.#session) throw sessionEnded();
    return value;
  }

  #endsFor(event: ConversationEvent): boolean {
    return event.type === "conversation_deleted" || (event.type === "member_removed" && event.user_id === this.options.me());
  }

  #remove(id: string): void {
    this.#refreshers.get(id)?.stop();
    this.#refreshers.delete(id);
    this.#known.delete(id);
    this.#elsewhere.delete(id);
    this.options.changed(id, null);
    this.#publish();
  }

  #publish(): void {
    const conversations = [...this.#known.values()].sort(byActivity);
    const counts = [...conversations.map((conversation) => conversation.unread), ...this.#elsewhere.values()];
    this.#state.patch({ conversations, hasMore: this.#cursor !== null, unread: counts.reduce((sum, count) => sum + count, 0) });
  }
}

function byActivity(a: Conversation, b: Conversation): number {
  const [left, right] = [lastActive(a), lastActive(b)];
  return left < right ? 1 : left > right ? -1 : 0;
}

/** Not `updated_at`: a reaction or somebody's reading moves that, and should not move the list. */
function lastActive(conversation: Conversation): string {
  return conversation.last_message?.created_at ?? conversation.created_at;
}
