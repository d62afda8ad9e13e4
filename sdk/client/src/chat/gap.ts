// Events of each conversation in the order of their offsets, each once. A reply may overtake pushes, so what comes too early
// is held for a moment; a gap that does not fill is given up and reported for repair.
// Leaves the repair to the conversation, and the meaning of events to the reducers.

import { type Clock, Timer } from "../connection/clock";
import { type ConversationEvent, conversationOf } from "./events";

export const GAP_WAIT_MS = 1000;
/** More than this behind one gap is not waited for. */
export const MOST_HELD = 500;

export interface EventOrderOptions {
  clock: Clock;
  apply(event: ConversationEvent): void;
  /** Something of this conversation was missed for good. */
  repair(conversationId: string): void;
}

interface Sequence {
  last: number;
  held: Map<number, ConversationEvent>;
  patience: Timer;
}

export class EventOrder {
  readonly #sequences = new Map<string, Sequence>();

  constructor(private readonly options: EventOrderOptions) {}

  /** Everything up to `offset` is known from elsewhere. Without effect where events have been coming already. */
  begin(conversationId: string, offset: number): void {
    if (this.#sequences.has(conversationId)) return;
    this.#sequences.set(conversationId, { last: offset, held: new Map(), patience: new Timer(this.options.clock) });
  }

  receive(event: ConversationEvent): void {
    if (event.offset === undefined) return this.options.apply(event);
    const id = conversationOf(event);
    this.begin(id, event.offset - 1);
    const sequence = this.#sequences.get(id);
    if (sequence === undefined || event.offset <= sequence.last) return;
    sequence.held.set(event.offset, event);
    this.#advance(id, sequence);
  }

  /** What was known of this conversation does not count any more: whatever comes next is the beginning. */
  forget(conversationId: string): void {
    this.#sequences.get(conversationId)?.patience.stop();
    this.#sequences.delete(conversationId);
  }

  clear(): void {
    for (const id of [...this.#sequences.keys()]) this.forget(id);
  }

  #advance(id: string, sequence: Sequence): void {
    this.#release(sequence);
    if (sequence.held.size === 0) sequence.patience.stop();
    else if (sequence.held.size > MOST_HELD) this.#giveUp(id, sequence);
    else if (!sequence.patience.running) sequence.patience.set(GAP_WAIT_MS, () => this.#giveUp(id, sequence));
  }

  #release(sequence: Sequence): void {
    while (sequence.held.has(sequence.last + 1)) this.#applyHeld(sequence, sequence.last + 1);
  }

  #giveUp(id: string, sequence: Sequence): void {
    sequence.patience.stop();
    for (const offset of [...sequence.held.keys()].sort((a, b) => a - b)) this.#applyHeld(sequence, offset);
    this.options.repair(id);
  }

  #applyHeld(sequence: Sequence, offset: number): void {
    const event = sequence.held.get(offset);
    sequence.held.delete(offset);
    sequence.last = offset;
    if (event !== undefined) this.options.apply(event);
  }
}
