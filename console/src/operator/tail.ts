// The live tail of what happens on the server: one event stream, opened again when it breaks, into a bounded feed. What is
// asked for is in tailFilter.ts, how it looks in EventsPage.tsx.
import { type OperatorEvent, type Store, TuttiError } from "@tutti/client";
import { createParser } from "eventsource-parser";
import { Feed } from "../app/feed";
import { State } from "../app/state";

export interface TailSnapshot {
  state: "connecting" | "live" | "failed";
  /** Why it failed, or why it is being opened again. */
  problem: TuttiError | null;
  /** Events that the server could not tell of, because this tail was too slow. */
  missed: number;
}

/** A line of the tail: an event, or null where the stream was interrupted and events may be missing. */
export type TailLine = OperatorEvent | null;

type Open = (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;

const RETRY_MS = 2000;
/** The server speaks every 30 s. */
const SILENCE_MS = 60_000;
/** Characters that one event may have. */
const LONGEST_EVENT = 64 * 1024;

export class Tail implements Store<TailSnapshot> {
  readonly feed = new Feed<TailLine>();
  readonly #state = new State<TailSnapshot>({ state: "connecting", problem: null, missed: 0 });
  readonly #open: Open;
  #watchers = 0;
  #abort = new AbortController();
  #retry: number | undefined;

  constructor(open: Open) {
    this.#open = open;
  }

  /** The stream is open while somebody watches. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const stop = this.#state.subscribe(listener);
    this.#watchers += 1;
    if (this.#watchers === 1) void this.#run();
    return () => {
      stop();
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#close();
    };
  };

  readonly snapshot = (): TailSnapshot => this.#state.snapshot();

  async #run(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const body = await this.#open(abort.signal);
      this.#patch({ state: "live", problem: null });
      await readEvents(body, () => abort.abort(), (data) => this.#take(data));
      this.#broken(abort, new TuttiError("network", "the event stream ended", { retryable: true }));
    } catch (thrown) {
      this.#broken(abort, thrown instanceof TuttiError ? thrown : new TuttiError("network", String(thrown), { retryable: true }));
    }
  }

  #take(data: string): void {
    const event = JSON.parse(data) as OperatorEvent;
    if (event.kind === "missed") this.#patch({ missed: this.snapshot().missed + (event.count ?? 0) });
    this.feed.add(event);
  }

  #broken(abort: AbortController, problem: TuttiError): void {
    if (this.#watchers === 0 || abort !== this.#abort) return;
    if (this.snapshot().state === "live") this.feed.add(null);
    if (!problem.retryable) return this.#patch({ state: "failed", problem });
    this.#patch({ state: "connecting", problem });
    this.#retry = window.setTimeout(() => void this.#run(), Math.max(RETRY_MS, problem.retryAfterMs ?? 0));
  }

  #close(): void {
    window.clearTimeout(this.#retry);
    this.#abort.abort();
    this.#patch({ state: "connecting", problem: null });
  }

  #patch(fields: Partial<TailSnapshot>): void {
    this.#state.set({ ...this.snapshot(), ...fields });
  }
}

/** Reads a body to its end or until it was silent for too long; `take` gets the data of every message. */
async function readEvents(body: ReadableStream<Uint8Array>, silent: () => void, take: (data: string) => void): Promise<void> {
  const parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ event, data }) => {
      if (event === undefined || event === "message") take(data);
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let silence = window.setTimeout(silent, SILENCE_MS);
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      window.clearTimeout(silence);
      silence = window.setTimeout(silent, SILENCE_MS);
      parser.feed(decoder.decode(piece.value, { stream: true }));
    }
  } finally {
    window.clearTimeout(silence);
    void reader.cancel().catch(() => undefined);
  }
}
