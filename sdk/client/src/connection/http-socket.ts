// A socket made of HTTP requests: commands go by POST, and a course (the event stream, or polling) brings the pushes.
// Leaves receiving to the course, and to the machine what a close means.

import { asTuttiError, localError, type TuttiError } from "../errors";
import type { Command, Ref } from "../generated/protocol";
import { failureOf } from "../http/api";
import { type Clock, inTime } from "./clock";
import { CommandPost } from "./command-post";
import { type FrameData, LOST_CODE, type Socket, type SocketFactory, type SocketHandlers, SUB_PROTOCOL, type Transport, TRY_LATER_CODE } from "./transport";

export interface HttpSocketOptions {
  /** Base address of the server. */
  url: string;
  fetch: typeof fetch;
  clock: Clock;
}

/** What a course can do. Nothing of it has an effect once the socket is closed. */
export interface Session {
  readonly clock: Clock;
  readonly token: string;
  /** Which connection commands act for, once it is known. */
  connectionId: string | null;
  /** What `read` makes of a good reply, within `timeoutMs`; rejects with a TuttiError otherwise. */
  get<T>(path: string, accept: string, timeoutMs: number, read: (reply: Response) => Promise<T>): Promise<T>;
  deliver(frame: string): void;
  end(code: number, reason: string): void;
  /** Runs when the socket is closed, whoever closes it. Returns the way to call it off. */
  onEnd(act: () => void): () => void;
  /** Runs when a command was answered that changed something, as its place in an order (`offset`) shows. */
  onChange(act: () => void): void;
}

/** Receives from `since` on until the session ends; ends it by throwing, too. */
export type Course = (session: Session, since: string | null) => Promise<void>;

const POST_TIMEOUT_MS = 20_000;
const UNAUTHENTICATED_CODE = 4001;
const EXPIRED_CODE = 4003;

export function httpSocket(options: HttpSocketOptions, transport: Transport, course: Course): SocketFactory {
  return (_url, _protocol, handlers) => new HttpSocket(options, transport, course, handlers);
}

class HttpSocket implements Socket, Session {
  readonly clock: Clock;
  connectionId: string | null = null;
  #token = "";
  /** A token that the server has not accepted yet. */
  #offered: string | null = null;
  /** A frame came, so the token was good. */
  #welcomed = false;
  #ended = false;
  readonly #endings = new Set<() => void>();
  #changed: () => void = () => undefined;
  readonly #abort = new AbortController();
  readonly #commands: CommandPost;

  constructor(private readonly options: HttpSocketOptions, transport: Transport, private readonly course: Course, private readonly handlers: SocketHandlers) {
    this.clock = options.clock;
    this.#commands = new CommandPost({
      post: (body) => this.#post(body),
      reply: (frame) => this.#replied(frame),
      failed: (error) => this.#failed(error),
    });
    queueMicrotask(() => {
      if (!this.#ended) handlers.opened({ transport, protocol: SUB_PROTOCOL });
    });
  }

  get token(): string {
    return this.#token;
  }

  get busy(): boolean {
    return this.#commands.busy;
  }

  send(data: FrameData): void {
    if (this.#ended || typeof data !== "string") return;
    const frame = JSON.parse(data) as Command & { ref?: Ref };
    if (frame.type === "auth" && this.#token === "") return this.#begin(frame.token, frame.resume?.since ?? null);
    // Over HTTP the server knows no goodbye: the stream ends, or the polling.
    if (frame.type === "logout") return;
    if (frame.type === "auth") this.#offered = frame.token;
    this.#commands.send({ text: data, ref: frame.ref });
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#commands.stop();
    this.#abort.abort();
    for (const act of this.#endings) act();
  }

  onEnd(act: () => void): () => void {
    if (this.#ended) act();
    else this.#endings.add(act);
    return () => void this.#endings.delete(act);
  }

  onChange(act: () => void): void {
    this.#changed = act;
  }

  end(code: number, reason: string): void {
    if (this.#ended) return;
    this.close();
    this.handlers.closed(code, reason);
  }

  deliver(frame: string): void {
    if (this.#ended) return;
    this.#welcomed = true;
    this.handlers.message(frame);
  }

  get<T>(path: string, accept: string, timeoutMs: number, read: (reply: Response) => Promise<T>): Promise<T> {
    return this.#request(path, { headers: { Accept: accept } }, timeoutMs, read);
  }

  #begin(token: string, since: string | null): void {
    this.#token = token;
    this.course(this, since).catch((thrown: unknown) => this.#failed(asTuttiError(thrown)));
  }

  #post(body: string): Promise<unknown> {
    const path = this.connectionId === null ? "/commands" : `/commands?connection_id=${encodeURIComponent(this.connectionId)}`;
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    return this.#request(path, { method: "POST", body, headers }, POST_TIMEOUT_MS, (reply) => reply.json());
  }

  #request<T>(path: string, init: RequestInit & { headers: Record<string, string> }, timeoutMs: number, read: (reply: Response) => Promise<T>): Promise<T> {
    return inTime(this.clock, timeoutMs, this.#fetch(path, init).then(read), () => localError("timeout"));
  }

  async #fetch(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const headers = { ...init.headers, Authorization: `Bearer ${this.#token}` };
    const address = `${this.options.url.replace(/\/+$/, "")}/api/v1${path}`;
    const reply = await this.options.fetch(address, { ...init, headers, cache: "no-store", signal: this.#abort.signal });
    if (!reply.ok) throw await failureOf(reply);
    return reply;
  }

  #replied(frame: object): void {
    if ("type" in frame && frame.type === "auth_ok" && this.#offered !== null) this.#token = this.#offered;
    this.deliver(JSON.stringify(frame));
    if ("offset" in frame) this.#changed();
  }

  /** What a WebSocket would have been closed with. */
  #failed(error: TuttiError): void {
    const advice = error.retryAfterMs === null ? "" : `; retry_after_ms=${error.retryAfterMs}`;
    if (error.code === "unauthenticated") this.end(this.#welcomed ? EXPIRED_CODE : UNAUTHENTICATED_CODE, error.message);
    else if (error.code === "forbidden") this.end(UNAUTHENTICATED_CODE, error.message);
    else if (error.code === "rate_limited" || error.code === "unavailable") this.end(TRY_LATER_CODE, `${error.message}${advice}`);
    else this.end(LOST_CODE, error.message);
  }
}
