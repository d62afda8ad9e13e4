// The newest of what comes in quickly: bounded, shown in batches, and held back while somebody reads. For a log on the screen.
import type { Store } from "@tutti/client";
import { State } from "./state";

export interface Row<T> {
  /** Stays the same, and is greater than that of every older row. */
  key: number;
  value: T;
}

export interface FeedSnapshot<T> {
  /** Newest first. */
  rows: readonly Row<T>[];
  paused: boolean;
  /** What has come since it was paused and is not shown. */
  held: number;
}

/** How many rows are kept. */
export const MOST_ROWS = 500;
/** Rows that come within this time are shown together. */
export const BATCH_MS = 100;

export class Feed<T> implements Store<FeedSnapshot<T>> {
  readonly #state = new State<FeedSnapshot<T>>({ rows: [], paused: false, held: 0 });
  /** What is not shown yet, oldest first; at most MOST_ROWS of it. */
  #fresh: Row<T>[] = [];
  #held = 0;
  #last = 0;
  #timer: number | undefined;

  readonly subscribe = (listener: () => void): (() => void) => this.#state.subscribe(listener);
  readonly snapshot = (): FeedSnapshot<T> => this.#state.snapshot();

  readonly add = (value: T): void => {
    this.#last += 1;
    this.#held += 1;
    this.#fresh.push({ key: this.#last, value });
    if (this.#fresh.length > MOST_ROWS) this.#fresh.shift();
    this.#timer ??= window.setTimeout(this.#show, BATCH_MS);
  };

  readonly pause = (): void => {
    if (this.snapshot().paused) return;
    this.#show();
    this.#state.set({ ...this.snapshot(), paused: true });
  };

  readonly resume = (): void => {
    if (!this.snapshot().paused) return;
    this.#state.set({ ...this.snapshot(), paused: false });
    this.#show();
  };

  readonly clear = (): void => {
    this.#fresh = [];
    this.#held = 0;
    this.#state.set({ ...this.snapshot(), rows: [], held: 0 });
  };

  readonly #show = (): void => {
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
    const { rows, paused } = this.snapshot();
    if (paused) return this.#state.set({ rows, paused, held: this.#held });
    const shown = [...this.#fresh.reverse(), ...rows].slice(0, MOST_ROWS);
    this.#fresh = [];
    this.#held = 0;
    this.#state.set({ rows: shown, paused, held: 0 });
  };
}
