// Which part of a conversation's messages is loaded: the newest page or the surroundings of one message, then more in either
// direction as the view asks, and all of it again when events were missed. Every walk over pages is bounded.
// Leaves the messages themselves to timeline.ts, and showing them to conversation.ts.

import type { Clock } from "../connection/clock";
import { asTuttiError, type TuttiError } from "../errors";
import type { HistoryQuery, Message, MessagePage } from "../generated/protocol";
import type { HttpApi } from "../http/api";
import { Refresher } from "../refresher";
import type { Conversations } from "./conversations";
import type { LoadMode, Timeline } from "./timeline";

export interface HistorySnapshot {
  status: "idle" | "loading" | "ready" | "error";
  error: TuttiError | null;
  hasOlder: boolean;
  loadingOlder: boolean;
  /** There are newer messages than those loaded, so that what comes live is not shown: after `loadAround` only. */
  hasNewer: boolean;
  loadingNewer: boolean;
}

export const NOTHING_LOADED: HistorySnapshot = { status: "idle", error: null, hasOlder: false, loadingOlder: false, hasNewer: false, loadingNewer: false };

export interface HistoryOptions {
  id: string;
  api: HttpApi;
  clock: Clock;
  timeline: Timeline;
  conversations: Conversations;
  changed(fields: Partial<HistorySnapshot>): void;
  /** These are among the messages now. */
  loaded(messages: readonly Message[]): void;
}

export const PAGE_SIZE = 50;
export const LARGEST_PAGE = 100;
/** How many of the largest pages a reload goes over, for what was missed and for what was loaded before. */
export const MOST_RELOADED_PAGES = 5;

export class History {
  readonly #reloader: Refresher;
  #first: Promise<void> | null = null;
  #older: Promise<void> | null = null;
  #newer: Promise<void> | null = null;
  #hasOlder = false;
  /** What could not be loaded while nothing was loaded yet. */
  #failed: HistoryQuery | null = null;

  constructor(private readonly options: HistoryOptions) {
    this.#reloader = new Refresher(options.clock, () => this.#reload(), (error) => options.changed({ error }));
  }

  load(): Promise<void> {
    return this.#first ?? this.#show({ limit: PAGE_SIZE });
  }

  loadAround(messageId: string): Promise<void> {
    return this.#show({ around_id: messageId, limit: PAGE_SIZE });
  }

  loadLatest(): Promise<void> {
    return this.options.timeline.detached ? this.#show({ limit: PAGE_SIZE }) : this.load();
  }

  loadOlder(): Promise<void> {
    const { oldest } = this.options.timeline;
    if (oldest === null || !this.#hasOlder) return Promise.resolve();
    this.#older ??= this.#extend("loadingOlder", { before_id: oldest.id, limit: PAGE_SIZE }).finally(() => {
      this.#older = null;
    });
    return this.#older;
  }

  loadNewer(): Promise<void> {
    const { newest, detached } = this.options.timeline;
    if (newest === null || !detached) return Promise.resolve();
    this.#newer ??= this.#extend("loadingNewer", { after_id: newest.id, limit: PAGE_SIZE }).finally(() => {
      this.#newer = null;
    });
    return this.#newer;
  }

  /** Events were missed: what was loaded is loaded again. Returns whether there was anything. */
  reload(): boolean {
    if (this.#first !== null) this.#reloader.request();
    return this.#first !== null;
  }

  /** Connected again: what failed to load, with nothing else to show, is tried again. */
  retry(): void {
    if (this.#first === null && this.#failed !== null) void this.#show(this.#failed);
  }

  stop(): void {
    this.#reloader.stop();
  }

  /** The conversation is gone, and would have to be loaded anew. */
  forget(): void {
    this.stop();
    this.#first = null;
    this.#failed = null;
  }

  /** Another part instead of what is loaded. If that fails, what was loaded stays. */
  #show(query: HistoryQuery): Promise<void> {
    const before = this.#first;
    this.#failed = null;
    const showing = this.#replace(query).catch((thrown: unknown) => {
      if (this.#first !== showing) return;
      this.#first = before;
      if (before === null) this.#failed = query;
      this.options.changed({ status: before === null ? "error" : "ready", error: asTuttiError(thrown) });
    });
    this.#first = showing;
    return showing;
  }

  async #replace(query: HistoryQuery): Promise<void> {
    this.options.changed({ status: "loading", error: null });
    await this.options.conversations.ensure(this.options.id);
    if ((await this.#page(query, "replace")) !== null) this.options.changed({ status: "ready" });
  }

  async #extend(loading: "loadingOlder" | "loadingNewer", query: HistoryQuery): Promise<void> {
    this.options.changed({ [loading]: true });
    try {
      await this.#page(query);
      this.options.changed({ [loading]: false, error: null });
    } catch (thrown) {
      this.options.changed({ [loading]: false, error: asTuttiError(thrown) });
    }
  }

  async #reload(): Promise<void> {
    await this.#first;
    if (this.#first === null) return;
    await this.options.conversations.read(this.options.id);
    const { oldest, newest, detached } = this.options.timeline;
    if (oldest === null || newest === null) await this.#page({ limit: PAGE_SIZE });
    else if (detached) await this.#renew({ around_id: newest.id, limit: LARGEST_PAGE }, oldest.seq);
    else if (await this.#catchUp(newest.id)) await this.#renew({ limit: LARGEST_PAGE }, oldest.seq);
    this.options.changed({ status: "ready", error: null });
  }

  /** What was sent since. Returns false if that is too much, and then shows the newest page instead. */
  async #catchUp(messageId: string): Promise<boolean> {
    let after = messageId;
    for (let pages = 0; pages < MOST_RELOADED_PAGES; pages++) {
      const page = await this.#page({ after_id: after, limit: LARGEST_PAGE });
      const newest = page?.messages[0];
      if (page?.has_more !== true || newest === undefined) return true;
      after = newest.id;
    }
    await this.#page({ limit: PAGE_SIZE }, "replace");
    return false;
  }

  /** What became of the messages that were loaded: edits, deletions and reactions leave no trace in what is new. */
  async #renew(first: HistoryQuery, oldestSeq: number): Promise<void> {
    let query = first;
    for (let pages = 0; pages < MOST_RELOADED_PAGES; pages++) {
      const page = await this.#page(query);
      const last = page?.messages.at(-1);
      if (page?.has_more !== true || last === undefined || last.seq <= oldestSeq) return;
      query = { before_id: last.id, limit: LARGEST_PAGE };
    }
  }

  /** Null if something else was shown meanwhile, of which this page is no part. */
  async #page(query: HistoryQuery, mode: LoadMode = "add"): Promise<MessagePage | null> {
    const { timeline, api, id } = this.options;
    const page = await timeline.load(() => api.messages(id, query), mode, (loaded) => this.#reachesEnd(query, loaded));
    if (page === null) return null;
    this.#noteOlder(query, page);
    this.options.loaded(page.messages);
    this.options.changed({ hasOlder: this.#hasOlder, hasNewer: timeline.detached });
    return page;
  }

  /** Whether nothing newer is missing now. */
  #reachesEnd(query: HistoryQuery, page: MessagePage): boolean {
    if (query.after_id !== undefined) return !page.has_more;
    if (query.before_id !== undefined) return !this.options.timeline.detached;
    const newest = page.messages[0]?.seq ?? 0;
    return query.around_id === undefined || newest >= (this.options.conversations.find(this.options.id)?.last_seq ?? 0);
  }

  /** `has_more` speaks of older messages, except with `after_id`; and only the oldest page can say it of all. */
  #noteOlder(query: HistoryQuery, page: MessagePage): void {
    const last = page.messages.at(-1);
    if (query.after_id !== undefined) return;
    if (last === undefined || last.seq <= (this.options.timeline.oldest?.seq ?? last.seq)) this.#hasOlder = page.has_more;
  }
}
