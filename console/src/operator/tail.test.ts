// The live tail over streams that the test writes, by a clock that it turns.
import { type OperatorEvent, TuttiError } from "@tutti/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Tail } from "./tail";

class FakeStream {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#controller = controller) });

  constructor(signal: AbortSignal) {
    signal.addEventListener("abort", () => this.#controller?.error(new DOMException("aborted", "AbortError")));
  }

  async write(text: string): Promise<void> {
    this.#controller?.enqueue(new TextEncoder().encode(text));
    await settled();
  }

  async end(): Promise<void> {
    this.#controller?.close();
    await settled();
  }
}

/** Long enough for streams to pass on what they have and for the feed to show it, too short for another attempt. */
const settled = () => vi.advanceTimersByTimeAsync(200);

const event = (fields: Partial<OperatorEvent>) => `data: ${JSON.stringify({ at: "2026-11-21T10:00:00.000Z", kind: "published", ...fields })}\n\n`;
const channels = (tail: Tail) => tail.feed.snapshot().rows.map(({ value }) => (value === null ? "break" : (value.channel ?? value.kind)));

let streams: FakeStream[] = [];
let refusals: TuttiError[] = [];
let stop = () => undefined as void;

function start(): Tail {
  const tail = new Tail((signal) => {
    const refusal = refusals.shift();
    if (refusal) return Promise.reject(refusal);
    const stream = new FakeStream(signal);
    streams.push(stream);
    return Promise.resolve(stream.body);
  });
  stop = tail.subscribe(() => undefined);
  return tail;
}

beforeEach(() => {
  vi.useFakeTimers();
  streams = [];
  refusals = [];
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe("Tail", () => {
  it("reads events however they are cut on their way, and passes over comments and other events", async () => {
    const tail = start();
    await settled();
    expect(tail.snapshot().state).toBe("live");
    const text = `:\n\n${event({ channel: "public:ä" })}event: close\ndata: {"code":1001}\n\n${event({ channel: "public:b" })}`;
    for (const char of text) await streams[0]?.write(char);
    expect(channels(tail)).toEqual(["public:b", "public:ä"]);
  });

  it("counts what the server says was missed", async () => {
    const tail = start();
    await settled();
    await streams[0]?.write(event({ kind: "missed", count: 40 }) + event({ kind: "missed", count: 2 }));
    expect(tail.snapshot().missed).toBe(42);
    expect(channels(tail)).toEqual(["missed", "missed"]);
  });

  it("comes back after a break, and shows where it was", async () => {
    const tail = start();
    await settled();
    await streams[0]?.write(event({ channel: "before" }));
    await streams[0]?.end();
    expect(tail.snapshot().state).toBe("connecting");
    await vi.advanceTimersByTimeAsync(2000);
    await streams[1]?.write(event({ channel: "after" }));
    expect(tail.snapshot()).toMatchObject({ state: "live", problem: null });
    expect(channels(tail)).toEqual(["after", "break", "before"]);
  });

  it("takes a stream that went silent for lost, but not one that is kept alive", async () => {
    start();
    await settled();
    await vi.advanceTimersByTimeAsync(50_000);
    await streams[0]?.write(":\n\n");
    await vi.advanceTimersByTimeAsync(50_000);
    expect(streams).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(streams).toHaveLength(2);
  });

  it("takes a server that does not answer at all for lost", async () => {
    const signals: AbortSignal[] = [];
    const tail = new Tail((signal) => {
      signals.push(signal);
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError"))));
    });
    stop = tail.subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await vi.advanceTimersByTimeAsync(2001);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(tail.snapshot()).toMatchObject({ state: "connecting", problem: { code: "network" } });
  });

  it("tries again with the next token when one is refused", async () => {
    refusals = [new TuttiError("unauthenticated", "the token has expired")];
    const tail = start();
    await settled();
    expect(tail.snapshot()).toMatchObject({ state: "connecting", problem: { code: "unauthenticated" } });
    await vi.advanceTimersByTimeAsync(2000);
    expect(tail.snapshot()).toMatchObject({ state: "live", problem: null });
  });

  it("waits as long as the server asks, and gives up when that helps nothing", async () => {
    refusals = [
      new TuttiError("rate_limited", "too many tails", { retryable: true, retryAfterMs: 9000 }),
      new TuttiError("forbidden", "no operator"),
    ];
    const tail = start();
    await vi.advanceTimersByTimeAsync(8999);
    expect(refusals).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tail.snapshot()).toMatchObject({ state: "failed", problem: { code: "forbidden" } });
    expect(refusals).toHaveLength(0);
    expect(streams).toHaveLength(0);
  });

  it("does not take an event without end", async () => {
    const tail = start();
    await settled();
    for (let piece = 0; piece < 3; piece += 1) await streams[0]?.write(`data: ${"x".repeat(40_000)}`);
    expect(tail.snapshot().state).toBe("connecting");
  });

  it("closes the stream when nobody watches any more, and opens it for the next who does", async () => {
    const tail = start();
    await settled();
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(streams).toHaveLength(1);
    expect(channels(tail)).toEqual([]);
    stop = tail.subscribe(() => undefined);
    await settled();
    expect(streams).toHaveLength(2);
  });
});
