// The messages of one conversation as a view shows them: stored ones in seq order, then those on their way.
// A message on its way turns into the stored one by its client_id and keeps its key.
// Leaves loading and sending to conversation.ts, and the order of events to gap.ts.

import type { TuttiError } from "../errors";
import type { Message, Reaction, ThreadSummary } from "../generated/protocol";
import { emptied } from "./changes";
import type { ConversationEvent } from "./events";

/** A message as a view shows it: stored, or on its way. */
export interface MessageView extends Message {
  /** "sent" once acknowledged; "sending" while queued; "failed" with `failure`. */
  delivery: "sending" | "sent" | "failed";
  failure: TuttiError | null;
  /** Stable across the change from sending to sent: use it as the React key. */
  key: string;
}

/** Whether a page comes to what is loaded, or takes its place. */
export type LoadMode = "add" | "replace";

/** The wire lists at most this many users of one reaction. */
const MOST_REACTORS = 100;

export class Timeline {
  readonly #stored = new Map<string, MessageView>();
  readonly #pending = new Map<string, MessageView>();
  readonly #recordings = new Set<ConversationEvent[]>();
  #detached = false;
  /** Counts replacements, so that a page of what was there before is known and dropped. */
  #replaced = 0;
  #views: readonly MessageView[] | null = null;

  /** `me`: the caller's user id. */
  constructor(private readonly me: () => string | null) {}

  /** The same array until something changes. */
  get views(): readonly MessageView[] {
    this.#views ??= [...this.#sorted(), ...[...this.#pending.values()].sort(byAge)];
    return this.#views;
  }

  get oldest(): MessageView | null {
    return this.#sorted()[0] ?? null;
  }

  get newest(): MessageView | null {
    return this.#sorted().at(-1) ?? null;
  }

  find(messageId: string): MessageView | null {
    return this.#stored.get(messageId) ?? null;
  }

  pending(key: string): MessageView | null {
    return this.#pending.get(key) ?? null;
  }

  /** Newer messages exist that are not loaded: what comes live has no place here until they are. */
  get detached(): boolean {
    return this.#detached;
  }

  /** Whether anything is on its way, or failed. */
  get hasPending(): boolean {
    return this.#pending.size > 0;
  }

  /**
   * Loads a page while events go on: those that came meanwhile are applied to it once more, since it may be older.
   * Null, and nothing is changed, if everything is being replaced by another page meanwhile.
   */
  async load<P extends { messages: readonly Message[] }>(page: () => Promise<P>, mode: LoadMode, reachesEnd: (page: P) => boolean): Promise<P | null> {
    const meanwhile: ConversationEvent[] = [];
    this.#recordings.add(meanwhile);
    if (mode === "replace") this.#replaced += 1;
    const replaced = this.#replaced;
    try {
      const loaded = await page();
      if (replaced !== this.#replaced) return null;
      if (mode === "replace") this.#stored.clear();
      for (const message of loaded.messages) this.#store(message);
      this.#detached = !reachesEnd(loaded);
      for (const event of meanwhile) this.#change(event);
      this.#views = null;
      return loaded;
    } finally {
      this.#recordings.delete(meanwhile);
    }
  }

  apply(event: ConversationEvent): void {
    for (const recording of this.#recordings) recording.push(event);
    this.#change(event);
    this.#views = null;
  }

  /** A message that the server has stored, by whatever way that became known. */
  put(message: Message): void {
    this.#added(message);
    this.#views = null;
  }

  addPending(view: MessageView): void {
    this.#pending.set(view.key, view);
    this.#views = null;
  }

  setFailed(key: string, failure: TuttiError): void {
    const view = this.#pending.get(key);
    if (view !== undefined) this.addPending({ ...view, delivery: "failed", failure });
  }

  removePending(key: string): void {
    this.#pending.delete(key);
    this.#views = null;
  }

  #sorted(): MessageView[] {
    return [...this.#stored.values()].sort((a, b) => a.seq - b.seq);
  }

  /** The client_id of an own message, which is not on its way any more. */
  #arrived(message: Message): string | null {
    const own = message.sender_id === this.me() ? message.client_id : null;
    if (own !== null) this.#pending.delete(own);
    return own;
  }

  #store(message: Message): void {
    const own = this.#arrived(message);
    this.#stored.set(message.id, { ...message, delivery: "sent", failure: null, key: own ?? message.id });
  }

  #update(messageId: string, change: (view: MessageView) => MessageView): void {
    const view = this.#stored.get(messageId);
    if (view !== undefined) this.#stored.set(messageId, change(view));
  }

  #change(event: ConversationEvent): void {
    switch (event.type) {
      case "message":
      case "message_sent":
        return this.#added(event.message);
      case "message_edited":
        return this.#update(event.message.id, (view) => ({ ...view, ...event.message }));
      case "message_deleted":
        return this.#update(event.message_id, emptied);
      case "reaction_added":
        return this.#update(event.message_id, (view) => ({ ...view, reactions: withReaction(view.reactions, event) }));
      case "reaction_removed":
        return this.#update(event.message_id, (view) => ({ ...view, reactions: withoutReaction(view.reactions, event) }));
      default:
        return;
    }
  }

  #added(message: Message): void {
    this.#arrived(message);
    if (this.#stored.has(message.id)) return;
    if (this.#detached && message.seq > (this.newest?.seq ?? 0)) return;
    this.#store(message);
    if (message.thread_id !== null) this.#update(message.thread_id, (root) => ({ ...root, thread: grown(root.thread, message) }));
  }
}

function byAge(a: MessageView, b: MessageView): number {
  return Date.parse(a.created_at) - Date.parse(b.created_at);
}

function grown(thread: ThreadSummary | null, reply: Message): ThreadSummary {
  return { reply_count: (thread?.reply_count ?? 0) + 1, last_reply_at: reply.created_at };
}

interface ReactionEvent {
  emoji: string;
  user_id: string;
  count: number;
}

function withReaction(reactions: readonly Reaction[], event: ReactionEvent): Reaction[] {
  const known = reactions.find((reaction) => reaction.emoji === event.emoji);
  if (known === undefined) return [...reactions, { emoji: event.emoji, count: event.count, user_ids: [event.user_id] }];
  const room = !known.user_ids.includes(event.user_id) && known.user_ids.length < MOST_REACTORS;
  const next: Reaction = { ...known, count: event.count, user_ids: room ? [...known.user_ids, event.user_id] : known.user_ids };
  return reactions.map((reaction) => (reaction === known ? next : reaction));
}

function withoutReaction(reactions: readonly Reaction[], event: ReactionEvent): Reaction[] {
  return reactions
    .map((reaction) => (reaction.emoji === event.emoji ? { ...reaction, count: event.count, user_ids: reaction.user_ids.filter((id) => id !== event.user_id) } : reaction))
    .filter((reaction) => reaction.count > 0);
}
