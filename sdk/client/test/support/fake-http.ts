// The server's HTTP transports in memory: streams that a test writes into, polls and posts that it answers.

import type { Command, PolledEvents, Ref, ServerFrame } from "../../src/index";

type Sent = Command & { ref?: Ref };

/** An event stream that is open. */
export class FakeStream {
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  readonly body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#controller = controller) });

  constructor(readonly url: URL, signal: AbortSignal | null) {
    signal?.addEventListener("abort", () => this.#controller?.error(new DOMException("aborted", "AbortError")));
  }

  write(text: string): void {
    this.#controller?.enqueue(this.#encoder.encode(text));
  }

  push(frame: ServerFrame): void {
    this.write(`data: ${JSON.stringify(frame)}\n\n`);
  }

  end(): void {
    this.#controller?.close();
  }
}

export class FakeHttp {
  readonly streams: FakeStream[] = [];
  /** The query of every poll. */
  readonly polls: URLSearchParams[] = [];
  /** The frames of every post, and where it went. */
  readonly posts: { url: URL; frames: Sent[] }[] = [];
  readonly authorizations: (string | null)[] = [];
  /** Taken instead of the usual answer, by the end of the path. */
  readonly replies = new Map<"events" | "poll" | "commands", () => Response | Promise<Response>>();
  /** What the next streams begin with. */
  welcome: ServerFrame | null = null;
  polled = (): PolledEvents => ({ events: [], since: "p1", resumed: true, reset: [] });
  replyTo = (frame: Sent): object | null => (frame.type === "ping" ? { type: "pong", server_time: "2026-01-01T00:00:00.000Z", ...(frame.ref === undefined ? {} : { ref: frame.ref }) } : null);

  get stream(): FakeStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("no stream was opened");
    return stream;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(String(input));
    this.authorizations.push(new Headers(init?.headers).get("Authorization"));
    const kind = url.pathname.endsWith("/poll") ? "poll" : url.pathname.endsWith("/events") ? "events" : "commands";
    if (kind === "poll") this.polls.push(url.searchParams);
    if (kind === "commands") this.posts.push({ url, frames: JSON.parse(String(init?.body)) as Sent[] });
    const own = this.replies.get(kind);
    if (own !== undefined) return abortable(Promise.resolve(own()), init?.signal ?? null);
    if (kind === "poll") return Response.json(this.polled());
    if (kind === "commands") return Response.json(this.posts.at(-1)?.frames.map((frame) => this.replyTo(frame)).filter((reply) => reply !== null) ?? []);
    return this.#open(url, init?.signal ?? null);
  };

  #open(url: URL, signal: AbortSignal | null): Response {
    const stream = new FakeStream(url, signal);
    this.streams.push(stream);
    if (this.welcome !== null) stream.push(this.welcome);
    return new Response(stream.body, { headers: { "Content-Type": "text/event-stream" } });
  }
}

function abortable(reply: Promise<Response>, signal: AbortSignal | null): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    reply.then(resolve, reject);
  });
}
