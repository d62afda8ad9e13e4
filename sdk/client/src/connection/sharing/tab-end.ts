// A tab's end of a shared connection, whoever keeps it: the lock that says that the tab lives, the pipe to the hub, patience
// with a hub that says nothing, and an end that comes once. Leaves finding the hub to worker-socket.ts and election.ts.

import { type Clock, Timer } from "../clock";
import type { FrameData, Socket, SocketFactory, SocketHandlers } from "../transport";
import type { Environment, Pipe } from "./environment";
import { holdTabLock, type Join, pipeSocket, type Target } from "./pipe";

/** What a tab's socket is made with, whichever way it goes. */
export interface TabOptions {
  environment: Environment;
  clock: Clock;
  target: Target;
  /** Opens the connection, if this tab is to keep it. */
  socket: SocketFactory;
  handlers: SocketHandlers;
  /** This way does not work here. Nothing more is heard of the socket. */
  impossible(): void;
}

export interface TabHooks {
  /** The lock is held: the hub may be looked for. */
  begin(): void;
  /** No hub has answered for `PATIENCE_MS`. */
  silent(): void;
  ended(): void;
}

/** For a hub to answer. */
export const PATIENCE_MS = 5000;

export class TabEnd implements Socket {
  readonly id: string;
  readonly #patience: Timer;
  readonly #releaseLock: () => void;
  #pipe: Pipe | null = null;
  #socket: Socket | null = null;
  #over = false;

  constructor(private readonly options: TabOptions, private readonly hooks: TabHooks) {
    const { environment, clock } = options;
    this.id = environment.id();
    this.#patience = new Timer(clock);
    this.#releaseLock = holdTabLock(environment.locks, clock, this.id, () => this.#begin(), () => this.giveUp());
  }

  get over(): boolean {
    return this.#over;
  }

  /** What this tab says when it comes to a hub. */
  get join(): Join {
    return { type: "join", tab: this.id, target: this.options.target };
  }

  send(data: FrameData): void {
    this.#socket?.send(data);
  }

  close(code: number): void {
    this.#socket?.close(code);
    this.#end();
  }

  /** Gives the hub its time to answer, from now on. */
  wait(): void {
    this.#patience.set(PATIENCE_MS, () => this.hooks.silent());
  }

  /** Talks to a hub over this pipe from now on. */
  talkOver(pipe: Pipe): void {
    const { handlers } = this.options;
    this.#pipe = pipe;
    this.#socket = pipeSocket(pipe, {
      opened: (link) => handlers.opened(link),
      message: (data) => handlers.message(data),
      closed: (code, reason) => this.closed(code, reason),
    }, () => this.#patience.stop());
  }

  hangUp(): void {
    this.#pipe?.close();
    this.#pipe = this.#socket = null;
  }

  closed(code: number, reason: string): void {
    if (this.#end()) this.options.handlers.closed(code, reason);
  }

  giveUp(): void {
    if (this.#end()) this.options.impossible();
  }

  #begin(): void {
    if (this.#over) return;
    this.wait();
    this.hooks.begin();
  }

  /** false: it was over already. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#patience.stop();
    this.hangUp();
    this.hooks.ended();
    this.#releaseLock();
    return true;
  }
}
