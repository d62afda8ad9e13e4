// Messages waiting to be sent: kept in order per conversation, sent again with the same client_id until acknowledged.
// One at a time per conversation, since a refused message must not be overtaken by the next one.
// Leaves what a message looks like meanwhile to the timeline, surviving the page to the outbox, and the wire to `transmit`.

import { asTuttiError, TuttiError, type TuttiErrorCode } from "../errors";
import type { Command, Message, ServerFrame } from "../generated/protocol";
import type { Outbox } from "../storage/outbox";
import type { OutboxEntry } from "../storage/storage";
import { type Clock, Timer } from "./clock";

export interface Outgoing {
  entry: OutboxEntry;
  stored(message: Message): void;
  failed(error: TuttiError): void;
}

export interface QueueOptions {
  clock: Clock;
  limit: number;
  transmit(command: Command): Promise<ServerFrame>;
  /** The number of waiting messages changed. */
  changed(): void;
  /** What waits from now on, and what does no longer, is kept and forgotten by these. */
  outbox: Pick<Outbox, "keep" | "forget">;
}

interface Lane {
  items: Outgoing[];
  inFlight: boolean;
  pause: Timer;
}

/** With these the message is not lost, only not acknowledged yet. */
const AGAIN: ReadonlySet<TuttiErrorCode> = new Set<TuttiErrorCode>(["closed", "timeout", "rate_limited", "unavailable"]);

/** Waited when the server refuses for now without saying for how long. */
export const DEFAULT_PAUSE_MS = 1000;

export class SendQueue {
  readonly #lanes = new Map<string, Lane>();
  #open = false;

  constructor(private readonly options: QueueOptions) {}

  get size(): number {
    let size = 0;
    for (const lane of this.#lanes.values()) size += lane.items.length;
    return size;
  }

  add(item: Outgoing): void {
    if (this.room === 0) {
      item.failed(new TuttiError("unavailable", "the send queue is full", { retryable: true, userMessage: "Too many messages are waiting to be sent." }));
      return;
    }
    const { conversationId, createdAt } = item.entry;
    const lane = this.#lanes.get(conversationId) ?? { items: [], inFlight: false, pause: new Timer(this.options.clock) };
    this.#lanes.set(conversationId, lane);
    // What an earlier page left behind goes before what was written since, but not before what is on its way.
    const later = lane.items.findIndex((other, at) => other.entry.createdAt > createdAt && !(at === 0 && lane.inFlight));
    lane.items.splice(later < 0 ? lane.items.length : later, 0, item);
    this.options.outbox.keep(item.entry);
    this.options.changed();
    this.#pump(conversationId, lane);
  }

  /** How many more may wait. */
  get room(): number {
    return Math.max(0, this.options.limit - this.size);
  }

  /** Connected: everything not acknowledged is sent (again). */
  start(): void {
    this.#open = true;
    for (const [name, lane] of [...this.#lanes]) {
      lane.pause.stop();
      this.#pump(name, lane);
    }
  }

  /** Not connected: keep what there is. */
  stop(): void {
    this.#open = false;
    for (const lane of this.#lanes.values()) lane.pause.stop();
  }

  /** The server has it: by its reply, or by a push or history that shows it. */
  acknowledge(clientId: string, message: Message): void {
    this.#remove(clientId)?.stored(message);
  }

  cancel(clientId: string): void {
    this.#remove(clientId)?.failed(new TuttiError("closed", "The message was discarded.", { userMessage: "The message was discarded." }));
  }

  /** Gives up on everything. */
  clear(error: TuttiError): void {
    const items = [...this.#lanes.values()].flatMap((lane) => lane.items);
    for (const item of items) this.#remove(item.entry.clientId)?.failed(error);
  }

  #pump(name: string, lane: Lane): void {
    const head = lane.items[0];
    if (head === undefined && !lane.inFlight) this.#lanes.delete(name);
    if (!this.#open || lane.inFlight || lane.pause.running || head === undefined) return;
    lane.inFlight = true;
    this.options.transmit(commandOf(head.entry)).then(
      (reply) => this.#settled(lane, () => this.#replied(head, reply)),
      (thrown: unknown) => this.#settled(lane, () => this.#refused(name, lane, head, asTuttiError(thrown))),
    ).finally(() => this.#pump(name, lane));
  }

  #settled(lane: Lane, act: () => void): void {
    lane.inFlight = false;
    act();
  }

  #replied(head: Outgoing, reply: ServerFrame): void {
    if (reply.type === "message_sent") this.acknowledge(head.entry.clientId, reply.message);
    else this.#remove(head.entry.clientId)?.failed(new TuttiError("internal", `a message was answered by ${reply.type}`));
  }

  #refused(name: string, lane: Lane, head: Outgoing, error: TuttiError): void {
    if (AGAIN.has(error.code)) {
      if (this.#open) lane.pause.set(error.retryAfterMs ?? DEFAULT_PAUSE_MS, () => this.#pump(name, lane));
      return;
    }
    this.#remove(head.entry.clientId)?.failed(error);
  }

  #remove(clientId: string): Outgoing | undefined {
    for (const lane of this.#lanes.values()) {
      const at = lane.items.findIndex((item) => item.entry.clientId === clientId);
      if (at < 0) continue;
      const [item] = lane.items.splice(at, 1);
      this.options.outbox.forget(clientId);
      this.options.changed();
      return item;
    }
    return undefined;
  }
}

function commandOf({ clientId, conversationId, draft }: OutboxEntry): Command {
  return { type: "message", conversation_id: conversationId, client_id: clientId, ...draft };
}
