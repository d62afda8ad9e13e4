// Does what the machine says: tokens, the socket, timers, the resume position. One connection at a time.
// Leaves every decision to the machine, frames and requests to the exchange, and what they mean to whoever listens.

import { ignorable, localError, TuttiError } from "../errors";
import type { Command, ServerFrame, User, Welcome } from "../generated/protocol";
import type { Log } from "../log";
import { Fields } from "../store";
import { advisedDelay, backoff } from "./backoff";
import { type Clock, Timer } from "./clock";
import { type Codec, jsonCodec } from "./codec";
import { DeviceWatch } from "./device";
import { Exchange } from "./exchange";
import { ANSWER_MS, Liveness } from "./liveness";
import { type ConnectionState, type Effect, initialMachine, type Machine, type MachineEvent, STABLE_MS, step } from "./machine";
import type { Metrics } from "./metrics";
import type { NetworkStatus } from "./network";
import { TokenRefresh } from "./refresh";
import type { TokenSource } from "./token";
import { type FrameData, LEAVE_CODE, type Link, LOST_CODE, type Socket, type SocketFactory, socketUrl, type Transport } from "./transport";

/** How the connection stands. */
export interface ConnectionSnapshot {
  /** Where it stands between being asked to connect and being told to leave. */
  state: ConnectionState;
  /** Who the server takes the caller for; kept while reconnecting. */
  user: User | null;
  /** Plain words for a person when something is wrong. */
  problem: string | null;
  /** The server's close code behind `problem`; null if there is none. */
  code: number | null;
  /** When the next attempt starts, by the clock, while reconnecting. */
  nextAttemptAt: number | null;
  /** Attempts to reconnect since a connection last held for 5 s. */
  attempts: number;
  /** Attempts are used up or the close code says stop: only reconnect() or a new token helps. */
  final: boolean;
  /** Ended by `logout()`, here or in another tab, and not begun again. */
  signedOut: boolean;
  /** Let go because nobody looks at the page; it comes back when somebody does. */
  paused: boolean;
  /** Whether the device says that it has a network; what is wrong while it has none, trying again does not mend. */
  online: boolean;
  /** What carries the frames; null while nothing does. */
  transport: Transport | null;
  /** Messages waiting to be sent. */
  queued: number;
  /** Time to an answer, smoothed, in milliseconds; null until one was measured. */
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
  /** How long the page may be hidden before the connection is let go; `Infinity` for ever. */
  pauseAfterHiddenMs: number;
  /** Gives the codec; called for every attempt. */
  codec(): Promise<Codec>;
  metrics: Metrics;
  log: Log;
}

export interface DriverHooks {
  connected(welcome: Welcome): void;
  lost(): void;
  frame(frame: ServerFrame): void;
}

/** How a connection stands that nobody has asked for yet, as on a server that renders a page. */
export const NOT_CONNECTED: Readonly<ConnectionSnapshot> = {
  state: "disconnected", user: null, problem: null, code: null, nextAttemptAt: null, attempts: 0, final: false, signedOut: false, paused: false,
  online: true, transport: null, queued: 0, latencyMs: null,
};

export const REQUEST_TIMEOUT_MS = 15_000;
const NO_TOKEN = "You could not be signed in.";

export class Driver {
  readonly connection = new Fields<ConnectionSnapshot>(NOT_CONNECTED);
  readonly #exchange: Exchange;
  readonly #liveness: Liveness;
  readonly #deadline: Timer;
  readonly #retry: Timer;
  readonly #stable: Timer;
  readonly #device: DeviceWatch;
  readonly #refresh: TokenRefresh;
  #machine: Machine = initialMachine;
  #socket: Socket | null = null;
  /** The one that was loaded. */
  #codec: Codec = jsonCodec;
  #token = "";
  /** Counts attempts, so that answers to an earlier one are known and dropped. */
  #attempt = 0;
  #welcomedAt: number | null = null;
  #since: string | null = null;
  /** When the server said to come back; counts for the wait before the next attempt only. */
  #advised: number | null = null;

  constructor(private readonly options: DriverOptions, private readonly hooks: DriverHooks) {
    const { clock, tokens, log, metrics, network, pauseAfterHiddenMs } = options;
    this.#exchange = new Exchange({ clock, log, metrics, transmit: (data) => this.#socket?.send(data) });
    this.#liveness = new Liveness({ clock, ping: () => this.#ping(), lost: () => this.dispatch({ type: "silent" }) });
    this.#deadline = new Timer(clock);
    this.#retry = new Timer(clock);
    this.#stable = new Timer(clock);
    this.#device = new DeviceWatch({ network, clock, pauseAfterHiddenMs, tell: (type) => this.dispatch({ type }) });
    this.#refresh = new TokenRefresh({ tokens, clock, log, show: (token) => this.request({ type: "auth", token }) });
  }

  get connected(): boolean {
    return this.#machine.state === "connected";
  }

  /** Between a logout and the next session. */
  get signedOut(): boolean {
    return this.#machine.signedOut;
  }

  dispatch(event: MachineEvent): void {
    this.#watchDevice();
    const before = this.#machine.state;
    const { next, effects } = step(this.#machine, event, { maxAttempts: this.options.maxAttempts, canRenewToken: this.options.tokens.renewable });
    this.#machine = next;
    if (next.state !== before) this.#changed(before, next, event);
    for (const effect of effects) this.#perform(effect);
    if (event.type === "logout") this.#forgetSession();
    if (before === "connected" && next.state !== "connected") this.hooks.lost();
    this.#publish();
    if (this.#machine.state === "disconnected") this.#device.stop();
  }

  request(command: Command, timeoutMs = REQUEST_TIMEOUT_MS): Promise<ServerFrame> {
    if (!this.connected) return ignorable(Promise.reject(localError("closed")));
    return this.#exchange.request(command, timeoutMs);
  }

  /** Sends something that nobody answers. Dropped while there is no connection, and while the server takes no more of it. */
  post(command: Command): void {
    if (this.connected) this.#exchange.post(command);
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "get_token": return this.#getToken(effect.fresh);
      case "open_socket": return this.#openSocket();
      case "send_auth": return this.#sendAuth();
      case "send_logout": return this.#exchange.send({ type: "logout" });
      case "drop": return this.#drop(effect.code ?? LEAVE_CODE);
      case "start_deadline": return this.#deadline.set(effect.ms, () => this.dispatch({ type: "timed_out" }));
      case "start_session": return this.#startSession();
      case "schedule_retry": return this.#scheduleRetry(effect.attempt);
      case "check_liveness": return this.#liveness.ask();
    }
  }

  #getToken(fresh: boolean): void {
    this.#advised = null;
    const attempt = this.#attempt;
    const tell = (event: MachineEvent): void => {
      if (attempt === this.#attempt) this.dispatch(event);
    };
    Promise.all([this.options.tokens.get(fresh), this.options.codec()]).then(
      ([token, codec]) => {
        this.#token = token;
        this.#codec = codec;
        tell({ type: "token_ready" });
      },
      (error: unknown) => {
        this.options.log.warn("no token", error);
        this.options.metrics.failed("token");
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
      this.#socket = this.options.socket(socketUrl(this.options.url), this.#codec.protocol, {
        opened: (link) => mine(() => this.#opened(link)),
        message: (data) => mine(() => this.#received(data)),
        closed: (code, reason) => mine(() => this.#closed(code, reason)),
      });
    } catch (error) {
      this.options.log.error("the socket could not be opened", error);
      this.#closed(LOST_CODE, "");
    }
  }

  #opened({ transport = "websocket", protocol = this.#codec.protocol }: Partial<Link> = {}): void {
    this.#exchange.speak(protocol === this.#codec.protocol ? this.#codec : jsonCodec);
    this.options.metrics.opened(transport);
    this.connection.patch({ transport });
    this.dispatch({ type: "opened" });
  }

  #closed(code: number, reason: string): void {
    this.#advised = advisedDelay(reason) ?? this.#advised;
    this.dispatch({ type: "closed", code, sessionMs: this.#sessionMs() });
  }

  #sendAuth(): void {
    const resume = this.#since === null ? {} : { resume: { since: this.#since } };
    this.#exchange.send({ type: "auth", token: this.#token, ...resume });
  }

  #startSession(): void {
    this.#deadline.stop();
    this.#welcomedAt = this.options.clock.now();
    this.#stable.set(STABLE_MS, () => this.dispatch({ type: "stable" }));
    this.#liveness.start();
    this.#refresh.start();
  }

  #drop(code: number): void {
    this.#attempt++;
    for (const timer of [this.#deadline, this.#retry, this.#stable, this.#refresh, this.#liveness]) timer.stop();
    this.#welcomedAt = null;
    const socket = this.#socket;
    this.#socket = null;
    this.#exchange.abandon();
    this.connection.patch({ transport: null });
    socket?.close(code);
  }

  #scheduleRetry(attempt: number): void {
    const { backoffMs, random, clock } = this.options;
    const delay = this.#advised ?? backoff(attempt, backoffMs, random);
    this.#advised = null;
    this.#retry.set(delay, () => this.dispatch({ type: "retry_due" }));
    this.connection.patch({ nextAttemptAt: clock.now() + delay });
  }

  #received(data: FrameData): void {
    this.#liveness.heard();
    const frame = this.#exchange.read(data);
    if (frame === null) return;
    // Too busy to let anybody in: the close that follows does not say for how long.
    if (frame.type === "error" && !this.connected) this.#advised = frame.retry_after_ms ?? null;
    try {
      if (frame.type === "welcome") this.#welcomed(frame);
      this.hooks.frame(frame);
    } catch (error) {
      this.options.log.error(`handling ${frame.type} failed`, error);
    }
    if (frame.event_id !== undefined) this.#since = frame.event_id;
    this.#exchange.settle(frame);
  }

  #welcomed(welcome: Welcome): void {
    this.#exchange.keepTo(welcome.limits);
    this.options.tokens.learnServerTime(welcome.server_time);
    // While events are being replayed, only they move the position: a break in between must not lose the rest.
    if (!welcome.resumed) this.#since = welcome.since;
    if (this.connection.snapshot().user?.id !== welcome.user.id) this.#exchange.forgetRates();
    this.connection.patch({ user: welcome.user });
    const before = this.connected;
    this.dispatch({ type: "welcomed" });
    if (this.connected && !before) this.hooks.connected(welcome);
  }

  #ping(): void {
    const sentAt = this.options.clock.now();
    this.request({ type: "ping" }, ANSWER_MS).then(
      () => {
        const latencyMs = this.options.clock.now() - sentAt;
        this.connection.patch({ latencyMs });
        this.options.metrics.latency(latencyMs);
      },
      (error: unknown) => {
        if (error instanceof TuttiError && error.code === "timeout") this.options.metrics.missedPong();
      },
    );
  }

  #forgetSession(): void {
    this.#since = null;
    this.connection.patch({ user: null, latencyMs: null });
  }

  #sessionMs(): number {
    return this.#welcomedAt === null ? 0 : this.options.clock.now() - this.#welcomedAt;
  }

  #changed(from: ConnectionState, next: Machine, event: MachineEvent): void {
    const { log, metrics } = this.options;
    log.info(`${from} -> ${next.state} (${event.type})`, next.problem ?? "");
    if (next.problem !== null && event.type === "closed") metrics.failed(event.code);
    if (event.type === "silent") metrics.failed("silent");
    if (event.type === "timed_out") metrics.failed("timeout");
    metrics.changed(from, next.state, event);
  }

  #publish(): void {
    const { state, problem, code, attempts, final, signedOut, paused, online } = this.#machine;
    const waiting = state === "reconnecting" && this.#retry.running;
    this.connection.patch({ state, problem, code, attempts, final, signedOut, paused, online, ...(waiting ? {} : { nextAttemptAt: null }) });
  }

  #watchDevice(): void {
    if (this.#device.watching) return;
    this.#machine = { ...this.#machine, online: this.options.network.online() };
    this.#device.start();
  }
}
