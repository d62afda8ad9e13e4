// Does what the machine says: tokens, the socket, timers, requests, the resume position. One connection at a time.
// Leaves every decision to the machine, and what frames mean to whoever listens.

import { ignorable, localError } from "../errors";
import type { Command, ServerFrame, User, Welcome } from "../generated/protocol";
import type { Log } from "../log";
import { Fields } from "../store";
import { advisedDelay, backoff } from "./backoff";
import { type Clock, Timer } from "./clock";
import { ANSWER_MS, Liveness } from "./liveness";
import { type ConnectionState, type Effect, initialMachine, type Machine, type MachineEvent, step } from "./machine";
import type { NetworkStatus } from "./network";
import { Requests } from "./requests";
import type { TokenSource } from "./token";
import { decode, encode, type Socket, type SocketFactory, socketUrl, SUB_PROTOCOL } from "./transport";

export interface ConnectionSnapshot {
  state: ConnectionState;
  /** Who the server takes the caller for; kept while reconnecting. */
  user: User | null;
  /** Plain words for a person when something is wrong. */
  problem: string | null;
  /** When the next attempt starts, by the clock, while reconnecting. */
  nextAttemptAt: number | null;
  attempts: number;
  /** Attempts are used up or the close code says stop: only reconnect() or a new token helps. */
  final: boolean;
  /** Messages waiting to be sent. */
  queued: number;
  latencyMs: number | null;
}

export interface DriverOptions {
  url: string;
  tokens: TokenSource;
  clock: Clock;
  socket: SocketFactory;
  random: () => number;
  network: NetworkStatus;
  maxAttempts: number;
  backoffMs: readonly number[];
  log: Log;
}

export interface DriverHooks {
  connected(welcome: Welcome): void;
  lost(): void;
  frame(frame: ServerFrame): void;
}

export const REQUEST_TIMEOUT_MS = 15_000;
/** Least time between two refreshes: a provider may well give the same token again. */
export const REFRESH_LEAST_MS = 1000;
export const REFRESH_RETRY_MS = 10_000;
/** Longer waits overflow the browser's timers. */
const LONGEST_TIMER_MS = 24 * 60 * 60 * 1000;
const NO_TOKEN = "You could not be signed in.";

export class Driver {
  readonly connection = new Fields<ConnectionSnapshot>({
    state: "disconnected", user: null, problem: null, nextAttemptAt: null, attempts: 0, final: false, queued: 0, latencyMs: null,
  });
  readonly #requests: Requests;
  readonly #liveness: Liveness;
  readonly #deadline: Timer;
  readonly #retry: Timer;
  readonly #refresh: Timer;
  #machine: Machine = initialMachine;
  #socket: Socket | null = null;
  #token = "";
  /** Counts attempts, so that answers to an earlier one are known and dropped. */
  #attempt = 0;
  #welcomedAt: number | null = null;
  #since: string | null = null;
  #stopNetwork: (() => void) | null = null;
  /** When the server said to come back; counts for the next attempt only. */
  #advised: number | null = null;

  constructor(private readonly options: DriverOptions, private readonly hooks: DriverHooks) {
    const { clock } = options;
    this.#requests = new Requests(clock);
    this.#liveness = new Liveness({ clock, ping: () => this.#ping(), lost: () => this.dispatch({ type: "silent" }) });
    this.#deadline = new Timer(clock);
    this.#retry = new Timer(clock);
    this.#refresh = new Timer(clock);
  }

  get connected(): boolean {
    return this.#machine.state === "connected";
  }

  dispatch(event: MachineEvent): void {
    this.#watchNetwork();
    const before = this.#machine.state;
    const { next, effects } = step(this.#machine, event, { maxAttempts: this.options.maxAttempts, canRenewToken: this.options.tokens.renewable });
    this.#machine = next;
    if (next.state !== before) this.options.log.info(`${before} -> ${next.state} (${event.type})`, next.problem ?? "");
    for (const effect of effects) this.#perform(effect);
    if (event.type === "logout") this.#forgetSession();
    if (before === "connected" && next.state !== "connected") this.hooks.lost();
    this.#publish();
    if (this.#machine.state === "disconnected") this.#unwatchNetwork();
  }

  request(command: Command, timeoutMs = REQUEST_TIMEOUT_MS): Promise<ServerFrame> {
    const socket = this.#socket;
    if (!this.connected || socket === null) return ignorable(Promise.reject(localError("closed")));
    return ignorable(this.#requests.open(timeoutMs, (ref) => socket.send(encode(command, ref))));
  }

  /** Sends something that nobody answers. Dropped while there is no connection. */
  post(command: Command): void {
    if (this.connected) this.#socket?.send(encode(command));
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "get_token": return this.#getToken(effect.fresh);
      case "open_socket": return this.#openSocket();
      case "send_auth": return this.#sendAuth();
      case "send_logout": return this.#socket?.send(encode({ type: "logout" }));
      case "drop": return this.#drop();
      case "start_deadline": return this.#deadline.set(effect.ms, () => this.dispatch({ type: "timed_out" }));
      case "start_session": return this.#startSession();
      case "schedule_retry": return this.#scheduleRetry(effect.attempt);
      case "check_liveness": return this.#liveness.ask();
    }
  }

  #getToken(fresh: boolean): void {
    const attempt = this.#attempt;
    const tell = (event: MachineEvent): void => {
      if (attempt === this.#attempt) this.dispatch(event);
    };
    this.options.tokens.get(fresh).then(
      (token) => {
        this.#token = token;
        tell({ type: "token_ready" });
      },
      (error: unknown) => {
        this.options.log.warn("no token", error);
        tell({ type: "token_failed", problem: NO_TOKEN });
      },
    );
  }

  #openSocket(): void {
    const attempt = this.#attempt;
    const mine = (act: () => void): void => {
      if (attempt === this.#attempt) act();
    };
    try {
      this.#socket = this.options.socket(socketUrl(this.options.url), SUB_PROTOCOL, {
        opened: () => mine(() => this.dispatch({ type: "opened" })),
        message: (text) => mine(() => this.#received(text)),
        closed: (code, reason) => mine(() => {
          this.#advised = advisedDelay(reason);
          this.dispatch({ type: "closed", code, sessionMs: this.#sessionMs() });
        }),
      });
    } catch (error) {
      this.options.log.error("the socket could not be opened", error);
      this.dispatch({ type: "closed", code: 1006, sessionMs: 0 });
    }
  }

  #sendAuth(): void {
    const resume = this.#since === null ? {} : { resume: { since: this.#since } };
    this.#socket?.send(encode({ type: "auth", token: this.#token, ...resume }));
  }

  #startSession(): void {
    this.#deadline.stop();
    this.#welcomedAt = this.options.clock.now();
    this.#liveness.start();
    this.#scheduleRefresh();
  }

  #drop(): void {
    this.#attempt++;
    for (const timer of [this.#deadline, this.#retry, this.#refresh, this.#liveness]) timer.stop();
    this.#welcomedAt = null;
    const socket = this.#socket;
    this.#socket = null;
    this.#requests.abandon();
    socket?.close(1000);
  }

  #scheduleRetry(attempt: number): void {
    const { backoffMs, random, clock } = this.options;
    const delay = this.#advised ?? backoff(attempt, backoffMs, random);
    this.#advised = null;
    this.#retry.set(delay, () => this.dispatch({ type: "retry_due" }));
    this.connection.patch({ nextAttemptAt: clock.now() + delay });
  }

  #received(text: string): void {
    this.#liveness.heard();
    const frame = decode(text);
    if (frame === null) return this.options.log.warn("a frame was not understood", text.slice(0, 200));
    try {
      if (frame.type === "welcome") this.#welcomed(frame);
      this.hooks.frame(frame);
    } catch (error) {
      this.options.log.error(`handling ${frame.type} failed`, error);
    }
    if (frame.event_id !== undefined) this.#since = frame.event_id;
    this.#requests.settle(frame);
  }

  #welcomed(welcome: Welcome): void {
    this.options.tokens.learnServerTime(welcome.server_time);
    // While events are being replayed, only they move the position: a break in between must not lose the rest.
    if (!welcome.resumed) this.#since = welcome.since;
    this.connection.patch({ user: welcome.user });
    const before = this.connected;
    this.dispatch({ type: "welcomed" });
    if (this.connected && !before) this.hooks.connected(welcome);
  }

  #ping(): void {
    const sentAt = this.options.clock.now();
    this.request({ type: "ping" }, ANSWER_MS).then(
      () => this.connection.patch({ latencyMs: this.options.clock.now() - sentAt }),
      () => undefined,
    );
  }

  #scheduleRefresh(atLeastMs = 0): void {
    const due = this.options.tokens.refreshInMs;
    if (due === null) return;
    if (due > LONGEST_TIMER_MS) this.#refresh.set(LONGEST_TIMER_MS, () => this.#scheduleRefresh());
    else this.#refresh.set(Math.max(due, atLeastMs), () => this.#refreshToken());
  }

  #refreshToken(): void {
    const attempt = this.#attempt;
    const again = (atLeastMs: number): void => {
      if (attempt === this.#attempt) this.#scheduleRefresh(atLeastMs);
    };
    this.options.tokens.get(true)
      .then((token) => (attempt === this.#attempt ? this.request({ type: "auth", token }) : undefined))
      .then(() => again(REFRESH_LEAST_MS), (error: unknown) => {
        this.options.log.warn("the token could not be renewed", error);
        again(REFRESH_RETRY_MS);
      });
  }

  #forgetSession(): void {
    this.#since = null;
    this.connection.patch({ user: null, latencyMs: null });
  }

  #sessionMs(): number {
    return this.#welcomedAt === null ? 0 : this.options.clock.now() - this.#welcomedAt;
  }

  #publish(): void {
    const { state, problem, attempts, final } = this.#machine;
    const waiting = state === "reconnecting" && this.#retry.running;
    this.connection.patch({ state, problem, attempts, final, ...(waiting ? {} : { nextAttemptAt: null }) });
  }

  #watchNetwork(): void {
    if (this.#stopNetwork !== null) return;
    this.#machine = { ...this.#machine, online: this.options.network.online() };
    this.#stopNetwork = this.options.network.subscribe((type) => this.dispatch({ type }));
  }

  #unwatchNetwork(): void {
    this.#stopNetwork?.();
    this.#stopNetwork = null;
  }
}
