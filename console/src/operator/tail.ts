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
    const problem = await this.#read(abort).catch((thrown: unknown) => thrown);
    this.#broken(abort, problem instanceof TuttiError ? problem : new TuttiError("network", String(problem ?? "the event stream ended"), { retryable: true }));
  }

  /** Opens the stream and reads it to its end, or until it was silent for too long. */
  async #read(abort: AbortController): Promise<void> {
    let silence: number | undefined;
    const heard = (): void => {
      window.clearTimeout(silence);
      silence = window.setTimeout(() => abort.abort(), SILENCE_MS);
    };
    heard();
    try {
      const body = await this.#open(abort.signal);
      this.#patch({ state: "live", problem: null });
      await readEvents(body, heard, (data) => this.#take(data));
    } finally {
      window.clearTimeout(silence);
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
    // Anything else may pass, also a token that is refused: the next one may be good.
    if (problem.code === "forbidden") return this.#patch({ state: "failed", problem });
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

/** Reads a body to its end; `heard` is told of every piece, and `take` gets the data of every message. */
async function readEvents(body: ReadableStream<Uint8Array>, heard: () => void, take: (data: string) => void): Promise<void> {
  const parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ event, data }) => {
      if (event === undefined || event === "message") take(data);
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      heard();
      parser.feed(decoder.decode(piece.value, { stream: true }));
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
