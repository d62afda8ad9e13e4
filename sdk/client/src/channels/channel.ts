// One channel as a view uses it: subscribed at the server while anybody watches, and again after every reconnect from where it
// was, so that publications come in order and once.
// Leaves who listens beside us to members.ts, and the wire to its options.

import { type Clock, Timer } from "../connection/clock";
import { asTuttiError, ignorable, TuttiError } from "../errors";
import type { ChannelHistory, ChannelHistoryQuery, ChannelPresence, Command, PageQuery, Publication, ServerFrame } from "../generated/protocol";
import type { HttpApi } from "../http/api";
import { Fields, notify, type Store, Usage } from "../store";
import { Members } from "./members";

/** What is known of a channel. */
export interface ChannelSnapshot {
  /** `subscribing` also while there is no connection; `error` when the server refuses. */
  status: "idle" | "subscribing" | "subscribed" | "error";
  error: TuttiError | null;
  /** Which count `offset` belongs to; null before the first subscription. */
  epoch: string | null;
  /** The last publication there is. */
  offset: number;
  /** Whether the last subscription brought everything that was missed; null before the first. If not, load the state afresh. */
  recovered: boolean | null;
  /** The most recent ones without a break, oldest first, at most 100. */
  publications: readonly Publication[];
  /** Who listens, by user id, once `loadMembers` was called; at most 1000. */
  members: readonly string[] | null;
}

const NOTHING: ChannelSnapshot = { status: "idle", error: null, epoch: null, offset: 0, recovered: null, publications: [], members: null };

/** What happens in a channel, by the name under which `on` tells of it. */
export interface ChannelEvents {
  publication: Publication;
  /** Subscribed, for the first time or again. `recovered: false`: load the state from where your application keeps it. */
  subscribed: { epoch: string; offset: number; recovered: boolean };
  /** The server has left out these publications, the ends included: this connection read too slowly. */
  gap: { from: number; to: number };
  member_joined: { user_id: string };
  member_left: { user_id: string };
}

/** What may be said about a publication. */
export interface PublishOptions {
  /** Published once in five minutes, however often it is published again. */
  clientId?: string | undefined;
  /** What it is the newest state of, where the namespace keeps only the latest for slow readers. */
  key?: string | undefined;
  /** Not told to this connection, which knows already. */
  excludeSender?: boolean | undefined;
}

/** Subscribed at the server while there is a listener of either kind. */
export interface ChannelHandle extends Store<ChannelSnapshot> {
  readonly name: string;
  /** Returns the way to stop. */
  on<K extends keyof ChannelEvents>(type: K, listener: (event: ChannelEvents[K]) => void): () => void;
  /** Needs a connection, not a subscription: rejects with `closed` where there is none. Never sent again by itself. */
  publish(data: unknown, options?: PublishOptions): Promise<{ offset: number; duplicate: boolean }>;
  /** What the server keeps, oldest first. */
  history(query?: ChannelHistoryQuery): Promise<ChannelHistory>;
  /** One page of those who listen. */
  presence(page?: PageQuery): Promise<ChannelPresence>;
  /** Fills `members`, and keeps them live while subscribed. */
  loadMembers(): void;
}

export interface ChannelOptions {
  name: string;
  api: HttpApi;
  clock: Clock;
  connected(): boolean;
  request(command: Command): Promise<ServerFrame>;
  /** Somebody watches, or nobody any more. */
  used(used: boolean): void;
}

/** Whoever comes back within this time finds the subscription as it was. */
export const LINGER_MS = 100;
export const AGAIN_MS = 5000;
export const MOST_KEPT = 100;
/** Publications that may overtake the reply to `subscribe`. */
export const MOST_HELD = 500;

type PublicationFrame = Extract<ServerFrame, { type: "publication" }>;
type SubscribedFrame = Extract<ServerFrame, { type: "subscribed" }>;
type Listeners = { [K in keyof ChannelEvents]: Set<(event: ChannelEvents[K]) => void> };

export class ChannelView implements ChannelHandle {
  readonly name: string;
  readonly subscribe: Store<ChannelSnapshot>["subscribe"];
  readonly snapshot: () => ChannelSnapshot;
  readonly #state = new Fields<ChannelSnapshot>(NOTHING);
  readonly #listeners: Listeners = { publication: new Set(), subscribed: new Set(), gap: new Set(), member_joined: new Set(), member_left: new Set() };
  readonly #usage: Usage;
  readonly #members: Members;
  readonly #linger: Timer;
  readonly #again: Timer;
  #used = false;
  #closed = false;
  /** Counts attempts to subscribe, so that the answer to an earlier one is known and dropped. */
  #attempt = 0;
  /** What came before the reply to `subscribe`; null when none is awaited. */
  #held: Publication[] | null = null;
  /** The server may hold a subscription that it did not tell of, or that it did not end when it was asked to. */
  #doubtful = false;

  constructor(private readonly options: ChannelOptions) {
    this.name = options.name;
    this.#usage = new Usage((used) => this.#use(used));
    this.subscribe = this.#usage.counting(this.#state.subscribe);
    this.snapshot = this.#state.snapshot;
    this.#linger = new Timer(options.clock);
    this.#again = new Timer(options.clock);
    this.#members = new Members(options.clock, (page) => this.presence(page), {
      changed: (members) => this.#state.patch({ members }),
      failed: (error) => this.#state.patch({ error }),
    });
  }

  on<K extends keyof ChannelEvents>(type: K, listener: (event: ChannelEvents[K]) => void): () => void {
    const listeners = this.#listeners[type];
    const entry = (event: ChannelEvents[K]): void => listener(event);
    listeners.add(entry);
    const end = this.#usage.begin();
    return () => {
      listeners.delete(entry);
      end();
    };
  }

  publish(data: unknown, { clientId, key, excludeSender }: PublishOptions = {}): Promise<{ offset: number; duplicate: boolean }> {
    const command: Command = {
      type: "publish", channel: this.name, data,
      ...(clientId === undefined ? {} : { client_id: clientId }),
      ...(key === undefined ? {} : { key }),
      ...(excludeSender === undefined ? {} : { exclude_sender: excludeSender }),
    };
    return ignorable(this.options.request(command).then((reply) => {
      if (reply.type !== "published") throw new TuttiError("internal", `a publication was answered by ${reply.type}`);
      return { offset: reply.offset ?? 0, duplicate: reply.duplicate };
    }));
  }

  history(query?: ChannelHistoryQuery): Promise<ChannelHistory> {
    return this.options.api.channelHistory(this.name, query);
  }

  presence(page?: PageQuery): Promise<ChannelPresence> {
    return this.options.api.channelPresence(this.name, page);
  }

  loadMembers(): void {
    this.#members.want(this.snapshot().status === "subscribed");
  }

  /** A frame of this channel. */
  receive(frame: ServerFrame): void {
    if (frame.type === "publication") this.#received(publicationOf(frame));
    if (this.snapshot().status !== "subscribed") return;
    if (frame.type === "channel_member_joined") this.#moved("member_joined", frame.user_id);
    if (frame.type === "channel_member_left") this.#moved("member_left", frame.user_id);
  }

  connected(): void {
    if (this.#used) this.#open();
  }

  /** The server has forgotten the subscription. */
  disconnected(): void {
    this.#attempt += 1;
    this.#held = null;
    this.#doubtful = false;
    this.#again.stop();
    this.#members.pause();
    this.#state.patch({ status: this.#used ? "subscribing" : "idle" });
  }

  /** The end of the session. */
  close(): void {
    this.#closed = true;
    this.#used = false;
    this.disconnected();
    this.#linger.stop();
    this.#members.forget();
    this.#state.set(NOTHING);
  }

  #use(used: boolean): void {
    if (this.#closed) return;
    this.options.used(used);
    if (!used) return this.#linger.set(LINGER_MS, () => this.#leave());
    this.#linger.stop();
    if (this.#used && this.snapshot().status !== "error") return;
    this.#used = true;
    this.#state.patch({ status: "subscribing", error: null });
    if (this.options.connected()) this.#open();
  }

  #leave(): void {
    const asked = this.snapshot().status === "subscribed" || this.#held !== null || this.#doubtful;
    this.#used = false;
    this.disconnected();
    this.#members.forget();
    if (asked) this.#unsubscribe();
  }

  #unsubscribe(): void {
    this.options.request({ type: "unsubscribe", channel: this.name }).then(
      () => (this.#doubtful = false),
      (thrown: unknown) => this.#kept(asTuttiError(thrown)),
    );
  }

  /** The server did not end the subscription. */
  #kept(error: TuttiError): void {
    // `conflict`: there is none. `closed`: it is forgotten with the connection.
    this.#doubtful = error.code !== "conflict" && error.code !== "closed";
    if (this.#doubtful && error.retryable && !this.#used) this.#again.set(error.retryAfterMs ?? AGAIN_MS, () => this.#unsubscribe());
  }

  #open(): void {
    const attempt = ++this.#attempt;
    const { epoch, offset } = this.snapshot();
    this.#again.stop();
    this.#held = [];
    this.#state.patch({ status: "subscribing", error: null });
    if (this.#doubtful) this.#unsubscribe();
    this.options.request({ type: "subscribe", channel: this.name, ...(epoch === null ? {} : { position: { epoch, offset } }) }).then(
      (reply) => {
        if (attempt !== this.#attempt) return;
        if (reply.type === "subscribed") this.#opened(reply);
        else this.#refused(new TuttiError("internal", `a subscription was answered by ${reply.type}`));
      },
      (thrown: unknown) => {
        if (attempt === this.#attempt) this.#refused(asTuttiError(thrown));
      },
    );
  }

  #opened(reply: SubscribedFrame): void {
    const { epoch, recovered } = reply;
    const held = this.#held ?? [];
    const offset = reply.offset ?? 0;
    this.#held = null;
    this.#doubtful = false;
    this.#state.patch({ status: "subscribed", epoch, recovered, ...(recovered ? {} : { publications: [], offset }) });
    this.#emit("subscribed", { epoch, offset, recovered });
    this.#take([...reply.publications, ...held]);
    this.#members.resume();
  }

  #refused(error: TuttiError): void {
    this.#held = null;
    if (error.code === "timeout") this.#doubtful = true;
    // Without a connection it waits for the next one.
    if (error.code === "closed") return;
    // It may conflict with what the server holds still.
    const mayPass = error.retryable || (error.code === "conflict" && this.#doubtful);
    if (!mayPass) return this.#state.patch({ status: "error", error });
    this.#state.patch({ error });
    this.#again.set(error.retryAfterMs ?? AGAIN_MS, () => this.#open());
  }

  #received(publication: Publication): void {
    if (this.#held === null) {
      if (this.snapshot().status === "subscribed") this.#take([publication]);
      return;
    }
    this.#held.push(publication);
    if (this.#held.length > MOST_HELD) this.#held.shift();
  }

  /** In the order of their offsets; what is known already is dropped. */
  #take(publications: readonly Publication[]): void {
    for (const publication of publications) {
      const { offset, publications: before } = this.snapshot();
      if (publication.offset <= offset) continue;
      const broken = publication.offset > offset + 1;
      const kept = broken ? [] : before.slice(1 - MOST_KEPT);
      this.#state.patch({ offset: publication.offset, publications: [...kept, publication] });
      if (broken) this.#emit("gap", { from: offset + 1, to: publication.offset - 1 });
      this.#emit("publication", publication);
    }
  }

  #moved(type: "member_joined" | "member_left", userId: string): void {
    this.#members.note(userId, type === "member_joined");
    this.#emit(type, { user_id: userId });
  }

  #emit<K extends keyof ChannelEvents>(type: K, event: ChannelEvents[K]): void {
    notify(this.#listeners[type], event);
  }
}

function publicationOf({ offset, from, data, sent_at }: PublicationFrame): Publication {
  return { offset: offset ?? 0, from, data, sent_at };
}
