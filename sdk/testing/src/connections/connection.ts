// One socket in memory: who is on it, frames in, frames out in their order and time. Leaves to the host what frames mean.

import { CLOSE_CODES, type Clock, type ServerFrame, type Socket, type SocketHandlers } from "@tutti/client";
import { asRefusal, Refusal } from "../refusal";
import { type Broken, readRequest, type Request } from "../wire/requests";
import { bytes } from "../wire/shapes";
import type { Caller } from "./tokens";

/** What a connection asks of the server. */
export interface Host {
  readonly clock: Clock;
  /** How long everything that is said is on its way, in milliseconds. */
  delayMs(): number;
  authenticate(token: string): Caller;
  /** Somebody said who they are: opens the session, or says with which code not. */
  enter(connection: Connection, caller: Caller, request: Request & { type: "auth" }): number | null;
  /** A frame of a session; null for no answer. */
  answer(connection: Connection, caller: Caller, request: Request): ServerFrame | null;
  /** The session ended; after a goodbye nobody waits for a return. */
  left(connection: Connection, caller: Caller, goodbye: boolean): void;
}

/** The number of a close code that the protocol knows. */
export type CloseCode = keyof typeof CLOSE_CODES;

/** What is spoken, whatever was asked for. */
const SUB_PROTOCOL = "tutti.v1.json";
const AUTH_TIMEOUT_MS = 5000;
const MAX_FIRST_FRAME_BYTES = 16_384;
/** Largest frame from a client. */
export const MAX_FRAME_BYTES = 65_536;
/** What a socket reports when the connection broke off without a word. */
const LOST = 1006;

export class Connection implements Socket {
  /** Users whose presence is followed. */
  readonly follows = new Set<string>();
  readonly #outbox: { due: number; act: () => void }[] = [];
  #caller: Caller | null = null;
  #over = false;
  /** The client closed it, and wants to hear nothing more. */
  #deaf = false;
  #stopTimer: () => void;

  constructor(readonly id: string, private readonly host: Host, private readonly handlers: SocketHandlers) {
    this.#stopTimer = host.clock.after(AUTH_TIMEOUT_MS, () => this.shut(4001));
    this.#later(() => handlers.opened({ protocol: SUB_PROTOCOL }));
  }

  /** Whose session it is, once that is known and as long as it lasts. */
  get user(): string | null {
    return this.#over ? null : (this.#caller?.user ?? null);
  }

  /** The client sends. */
  send(text: string): void {
    queueMicrotask(() => this.#receive(text));
  }

  /** The client closes. What it sent before is carried out. */
  close(code: number): void {
    this.#deaf = true;
    queueMicrotask(() => this.#end(code === 1000));
  }

  /** The server says something. */
  tell(frame: ServerFrame): void {
    const text = JSON.stringify(frame);
    if (!this.#over) this.#later(() => this.handlers.message(text));
  }

  /** The server closes, behind what it has said. */
  shut(code: number, reason = reasonOf(code)): void {
    if (this.#over) return;
    this.#end(code === 1000);
    this.#later(() => this.handlers.closed(code, reason));
  }

  /** The connection breaks off; what was on its way is lost. */
  cut(): void {
    if (this.#over) return;
    this.#outbox.length = 0;
    this.#end(false);
    queueMicrotask(() => this.#unlessDeaf(() => this.handlers.closed(LOST, "")));
  }

  #receive(text: string): void {
    if (this.#over) return;
    if (bytes(text) > (this.#caller === null ? MAX_FIRST_FRAME_BYTES : MAX_FRAME_BYTES)) return this.shut(1009);
    const read = readRequest(text);
    if (this.#caller === null) this.#identify("request" in read ? read.request : null, "broken" in read ? read.broken.ref : read.request.ref);
    else if ("broken" in read) this.#refuse(read.broken);
    else this.#serve(this.#caller, read.request);
  }

  /** The first frame must say who it is. */
  #identify(request: Request | null, ref: Broken["ref"]): void {
    try {
      if (request?.type !== "auth") throw new Refusal("unauthenticated", "the first frame is `auth` with a token");
      const caller = this.host.authenticate(request.token);
      this.#caller = caller;
      const refused = this.host.enter(this, caller, request);
      if (refused !== null) return this.#turnAway(refused);
      this.#awaitExpiry(caller);
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      this.#refuse({ refusal, ref });
      this.#turnAway(refusal.code === "unauthenticated" || refusal.code === "forbidden" ? 4001 : 1001);
    }
  }

  /** Closes what never became a session. */
  #turnAway(code: number): void {
    this.#caller = null;
    this.shut(code);
  }

  #serve(caller: Caller, request: Request): void {
    try {
      if (request.type === "auth") this.#renew(caller, request.token);
      const answer = this.host.answer(this, this.#caller ?? caller, request);
      if (request.type === "logout") return this.shut(1000);
      if (answer !== null) this.tell({ ...answer, ...(request.ref === undefined ? {} : { ref: request.ref }) });
    } catch (thrown) {
      this.#refuse({ refusal: asRefusal(thrown), ref: request.ref });
    }
  }

  /** Takes over a fresh token of the same user. */
  #renew(caller: Caller, token: string): void {
    const fresh = this.host.authenticate(token);
    if (fresh.user !== caller.user) throw new Refusal("forbidden", "the token belongs to another user");
    this.#caller = fresh;
    this.#awaitExpiry(fresh);
  }

  #awaitExpiry(caller: Caller): void {
    this.#stopTimer();
    this.#stopTimer = this.host.clock.after(caller.expiresAt - this.host.clock.now(), () => this.shut(4003));
  }

  #refuse({ refusal, ref }: Broken): void {
    this.tell({ type: "error", ...refusal.body, ...(ref === undefined ? {} : { ref }) });
  }

  #end(goodbye: boolean): void {
    if (this.#over) return;
    this.#stopTimer();
    this.#over = true;
    if (this.#caller !== null) this.host.left(this, this.#caller, goodbye);
  }

  /** Whatever is said keeps its order, also when the delay changes meanwhile. */
  #later(act: () => void): void {
    const due = Math.max(this.host.clock.now() + this.host.delayMs(), this.#outbox.at(-1)?.due ?? 0);
    this.#outbox.push({ due, act });
    const wait = due - this.host.clock.now();
    if (wait > 0) this.host.clock.after(wait, () => this.#flush());
    else queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    for (let next = this.#outbox[0]; next !== undefined && next.due <= this.host.clock.now(); next = this.#outbox[0]) {
      this.#outbox.shift();
      this.#unlessDeaf(next.act);
    }
  }

  #unlessDeaf(act: () => void): void {
    if (!this.#deaf) act();
  }
}

function reasonOf(code: number): string {
  const known: Readonly<Record<number, { reason: string } | undefined>> = CLOSE_CODES;
  return known[code]?.reason ?? "";
}
