// The channels of all tabs on one connection: the server hears of the first tab that listens and of the last one that goes.
// It refuses to be asked twice for the same channel, so later tabs are answered here, from what is kept of the channel since.
// What a position lies before is not recovered, as the contract allows. Leaves the wire to the desk.

import type { ChannelPosition, Publication, ServerFrame } from "../../generated/protocol";
import type { Answer, Asked, Desk, Tab } from "./desk";
import { type Bound, Recent } from "./recent";

type Subscribed = Extract<ServerFrame, { type: "subscribed" }>;
type Published = Extract<ServerFrame, { type: "publication" }>;
type Asking = Asked<"subscribe"> | Asked<"unsubscribe">;

export const PUBLICATIONS_BOUND: Bound = { items: 100, chars: 128 * 1024 };

interface Channel {
  readonly members: Set<Tab>;
  /** Null until the server has answered. */
  log: ChannelLog | null;
  /** Asked while the server's answer is awaited, in their order. Bounded by the requests that a tab may have open. */
  waiting: { tab: Tab; command: Asking }[];
}

export class Channels {
  readonly #channels = new Map<string, Channel>();

  constructor(private readonly desk: Desk) {}

  ask(tab: Tab, command: Asking): void {
    const channel = this.#channels.get(command.channel);
    if (channel?.log === null) channel.waiting.push({ tab, command });
    else if (command.type === "subscribe") this.#subscribe(tab, command, channel);
    else this.#unsubscribe(tab, command, channel);
  }

  /** A publication, for all who listen except the one that does without it. */
  publication(frame: Published, chars: number, except?: Tab): void {
    this.#channels.get(frame.channel)?.log?.add(frame, chars);
    this.tell(frame, except);
  }

  /** Something else that is said in a channel. */
  tell(frame: Extract<ServerFrame, { type: "publication" | "channel_member_joined" | "channel_member_left" }>, except?: Tab): void {
    const channel = this.#channels.get(frame.channel);
    // Before the reply to `subscribe`, it is the rest of an earlier subscription.
    if (channel === undefined || channel.log === null) return;
    for (const tab of channel.members) if (tab !== except) this.desk.push(tab, frame);
  }

  /** The tab is gone. */
  leave(tab: Tab): void {
    for (const [name, channel] of this.#channels) {
      channel.waiting = channel.waiting.filter((asking) => asking.tab !== tab);
      if (channel.members.delete(tab)) this.#endIfEmpty(name, channel);
    }
  }

  #subscribe(tab: Tab, command: Asked<"subscribe">, channel: Channel | undefined): void {
    if (channel === undefined) return this.#open(tab, command);
    if (channel.members.has(tab)) return this.desk.answer(tab, command.ref, conflict("the connection listens to this channel already"));
    channel.members.add(tab);
    if (channel.log !== null) this.desk.answer(tab, command.ref, { type: "subscribed", channel: command.channel, ...channel.log.since(command.position) });
  }

  #unsubscribe(tab: Tab, command: Asked<"unsubscribe">, channel: Channel | undefined): void {
    // Nobody listens as far as is known here; the server may have refused to end it.
    if (channel === undefined) return this.desk.forward(tab, command);
    if (!channel.members.delete(tab)) return this.desk.answer(tab, command.ref, conflict("the connection does not listen to this channel"));
    if (channel.members.size > 0) return this.desk.answer(tab, command.ref, { type: "unsubscribed", channel: command.channel });
    this.#close(tab, command, channel);
  }

  #open(tab: Tab, command: Asked<"subscribe">): void {
    const channel: Channel = { members: new Set([tab]), log: null, waiting: [] };
    this.#channels.set(command.channel, channel);
    this.desk.forward(tab, command, (reply) => this.#opened(command, channel, reply));
  }

  #opened(command: Asked<"subscribe">, channel: Channel, reply: ServerFrame): void {
    if (reply.type === "subscribed") channel.log = new ChannelLog(reply, command.position);
    else this.#channels.delete(command.channel);
    for (const { tab, command } of channel.waiting.splice(0)) this.ask(tab, command);
    // The tab may have gone while the server was asked.
    if (this.#channels.get(command.channel) === channel) this.#endIfEmpty(command.channel, channel);
  }

  #endIfEmpty(name: string, channel: Channel): void {
    if (channel.members.size === 0 && channel.log !== null) this.#close(null, { type: "unsubscribe", channel: name }, channel);
  }

  #close(tab: Tab | null, command: Asked<"unsubscribe">, channel: Channel): void {
    this.#channels.delete(command.channel);
    this.desk.forward(tab, command, (reply) => {
      if (reply.type !== "error" || reply.code === "conflict" || this.#channels.has(command.channel)) return;
      // Too many requests, perhaps: the connection listens still, and whoever wants to later is answered from here.
      this.#channels.set(command.channel, channel);
      if (tab?.attached === true) channel.members.add(tab);
    });
  }
}

/** What the connection has heard of a channel, without gaps. */
class ChannelLog {
  readonly #epoch: string;
  readonly #recent = new Recent<Publication>(PUBLICATIONS_BOUND);
  /** Everything after this offset is kept. */
  #base: number;
  #newest: number;

  constructor(reply: Subscribed, position: ChannelPosition | undefined) {
    this.#epoch = reply.epoch;
    this.#base = reply.recovered && position !== undefined ? position.offset : (reply.offset ?? 0);
    this.#newest = this.#base;
    for (const publication of reply.publications) this.#keep(publication, JSON.stringify(publication).length);
  }

  add(frame: Published, chars: number): void {
    const { offset, from, data, sent_at } = frame;
    if (offset !== undefined) this.#keep({ offset, from, data, sent_at }, chars);
  }

  /** The reply to one who listens from now on. */
  since(position: ChannelPosition | undefined): { epoch: string; offset: number; recovered: boolean; publications: Publication[] } {
    const recovered = position?.epoch === this.#epoch && position.offset >= this.#base && position.offset <= this.#newest;
    const publications = recovered ? this.#recent.items.filter((kept) => kept.offset > position.offset) : [];
    return { epoch: this.#epoch, offset: this.#newest, recovered, publications };
  }

  #keep(publication: Publication, chars: number): void {
    if (publication.offset <= this.#newest) return;
    // The server dropped some because the connection was slow: what is kept before them does not lead here.
    if (publication.offset !== this.#newest + 1) {
      this.#recent.clear();
      this.#base = publication.offset - 1;
    }
    this.#newest = publication.offset;
    for (const gone of this.#recent.add(publication, chars)) this.#base = gone.offset;
  }
}

function conflict(message: string): Answer {
  return { type: "error", code: "conflict", message, retryable: false };
}
