// Channels: their counts, what they keep, and who listens. Leaves sending the pushes to the hub.

import type {
  ChannelHistory, ChannelHistoryQuery, ChannelPosition, ChannelPresence, Clock, NewPublication, PageQuery, Publication, PublishedAt, Subscribed,
} from "@tutti/client";
import type { Ids } from "./ids";
import { type Namespace, type Namespaces, type Party } from "./namespaces";
import { cut, pageSize } from "./pages";
import { invalid, Refusal } from "./refusal";
import { bytes } from "./wire/shapes";
import { timestamp } from "./time";

/** What channels tell those who listen; `except` is the connection that does without. */
export interface ChannelFeed {
  published(listeners: Iterable<string>, channel: string, publication: Publication, except: string | null): void;
  member(type: "channel_member_joined" | "channel_member_left", listeners: Iterable<string>, channel: string, user: string, except: string | null): void;
}

interface Channel {
  epoch: string;
  offset: number;
  kept: Publication[];
  /** Client ids of late: the offset, and when it was given. */
  remembered: Map<string, { offset: number; at: number }>;
  /** Connections that listen, and whose they are. */
  listeners: Map<string, string>;
}

const MOST_CHANNELS_PER_CONNECTION = 128;
const MOST_REMEMBERED = 1024;
const REMEMBER_MS = 300_000;
const MAX_CLIENT_ID_BYTES = 128;
const MAX_KEY_BYTES = 64;

export class Channels {
  readonly #channels = new Map<string, Channel>();

  constructor(private readonly clock: Clock, private readonly ids: Ids, private readonly namespaces: Namespaces, private readonly feed: ChannelFeed) {}

  subscribe(party: NonNullable<Party>, connection: string, name: string, position: ChannelPosition | undefined): { value: Subscribed; offset: number } {
    const namespace = this.namespaces.toListen(name, party);
    const channel = this.#open(name, namespace);
    this.#admit(channel, connection, namespace);
    const { recovered, publications } = recover(channel, position);
    const first = ![...channel.listeners.values()].includes(party.user);
    channel.listeners.set(connection, party.user);
    if (first && namespace.joinLeave) this.feed.member("channel_member_joined", channel.listeners.keys(), name, party.user, connection);
    return { value: { channel: name, epoch: channel.epoch, recovered, publications }, offset: channel.offset };
  }

  unsubscribe(connection: string, name: string): void {
    if (!this.#leave(connection, name)) throw new Refusal("conflict", "this connection does not listen to the channel");
  }

  disconnected(connection: string): void {
    for (const name of [...this.#channels.keys()]) this.#leave(connection, name);
  }

  /** Publishes once for each client id. `except`: the connection that does without. */
  publish(party: Party, name: string, { data, client_id, key }: NewPublication, except: string | null): PublishedAt {
    const namespace = this.namespaces.toPublish(name, party);
    checkLength("client_id", client_id, MAX_CLIENT_ID_BYTES);
    checkLength("key", key, MAX_KEY_BYTES);
    if (party !== null) this.namespaces.count(name, party.user);
    const channel = this.#open(name, namespace);
    const id = client_id === undefined ? null : JSON.stringify([party?.user ?? null, client_id]);
    const before = id === null ? undefined : channel.remembered.get(id);
    if (before !== undefined) return { channel: name, epoch: channel.epoch, offset: before.offset, duplicate: true };
    const publication = this.#place(channel, namespace, party, data, id);
    this.feed.published(channel.listeners.keys(), name, publication, except);
    return { channel: name, epoch: channel.epoch, offset: publication.offset, duplicate: false };
  }

  history(party: Party, name: string, query: ChannelHistoryQuery): ChannelHistory {
    const channel = this.#open(name, this.namespaces.toListen(name, party));
    const size = pageSize(query.limit);
    const after = channel.kept.filter((kept) => kept.offset > (query.after ?? 0));
    return { channel: name, epoch: channel.epoch, offset: channel.offset, publications: after.slice(0, size), has_more: after.length > size };
  }

  presence(party: Party, name: string, page: PageQuery): ChannelPresence {
    const namespace = this.namespaces.toListen(name, party);
    if (party !== null && !namespace.presence) throw new Refusal("forbidden", "this namespace does not show who listens");
    const size = pageSize(page.limit);
    const counts = new Map<string, number>();
    for (const user of this.#open(name, namespace).listeners.values()) counts.set(user, (counts.get(user) ?? 0) + 1);
    const members = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([user_id, connections]) => ({ user_id, connections }));
    const { items, next_cursor } = cut(members.filter((member) => member.user_id > (page.cursor ?? "")), size, (member) => member.user_id);
    return { channel: name, members: items, total: counts.size, next_cursor };
  }

  /** The server ends: what was live is gone, and counting begins anew. */
  clear(): void {
    this.#channels.clear();
  }

  /** The channel of a name, without what is kept too long; a new one where nothing is left of it. */
  #open(name: string, namespace: Namespace): Channel {
    const now = this.clock.now();
    const known = this.#channels.get(name);
    if (known !== undefined) {
      known.kept = known.kept.filter((kept) => now - Date.parse(kept.sent_at) < namespace.historyMs);
      for (const [id, { at }] of known.remembered) if (now - at >= REMEMBER_MS) known.remembered.delete(id);
      if (known.kept.length + known.remembered.size + known.listeners.size > 0) return known;
    }
    const channel = { epoch: this.ids.next(), offset: 0, kept: [], remembered: new Map(), listeners: new Map() };
    this.#channels.set(name, channel);
    return channel;
  }

  #admit(channel: Channel, connection: string, namespace: Namespace): void {
    if (channel.listeners.has(connection)) throw new Refusal("conflict", "this connection listens to the channel already");
    const full = namespace.maxMembers > 0 && channel.listeners.size >= namespace.maxMembers;
    if (full) throw new Refusal("conflict", `the channel has its ${namespace.maxMembers} members`, { limit: namespace.maxMembers });
    const listensTo = [...this.#channels.values()].filter((other) => other.listeners.has(connection)).length;
    if (listensTo >= MOST_CHANNELS_PER_CONNECTION) {
      throw invalid("channel", `a connection listens to at most ${MOST_CHANNELS_PER_CONNECTION} channels`, MOST_CHANNELS_PER_CONNECTION);
    }
  }

  #place(channel: Channel, namespace: Namespace, party: Party, data: unknown, id: string | null): Publication {
    channel.offset += 1;
    const publication = { offset: channel.offset, from: party?.user ?? null, data, sent_at: timestamp(this.clock.now()) };
    channel.kept.push(publication);
    channel.kept.splice(0, channel.kept.length - namespace.historySize);
    if (id !== null) channel.remembered.set(id, { offset: channel.offset, at: this.clock.now() });
    const [oldest] = channel.remembered.keys();
    if (channel.remembered.size > MOST_REMEMBERED && oldest !== undefined) channel.remembered.delete(oldest);
    return publication;
  }

  #leave(connection: string, name: string): boolean {
    const channel = this.#channels.get(name);
    const user = channel?.listeners.get(connection);
    if (channel === undefined || user === undefined) return false;
    channel.listeners.delete(connection);
    const last = ![...channel.listeners.values()].includes(user);
    if (last && this.namespaces.of(name).joinLeave) this.feed.member("channel_member_left", channel.listeners.keys(), name, user, null);
    return true;
  }
}

/** What followed a position, if all of it is still kept. */
function recover(channel: Channel, position: ChannelPosition | undefined): { recovered: boolean; publications: Publication[] } {
  if (position === undefined || position.epoch !== channel.epoch) return { recovered: false, publications: [] };
  const missed = channel.offset - position.offset;
  if (missed < 0 || missed > channel.kept.length) return { recovered: false, publications: [] };
  return { recovered: true, publications: channel.kept.filter((kept) => kept.offset > position.offset) };
}

function checkLength(field: string, text: string | undefined, max: number): void {
  if (text !== undefined && (text === "" || bytes(text) > max)) throw invalid(field, `\`${field}\` has 1 to ${max} bytes`, max);
}
