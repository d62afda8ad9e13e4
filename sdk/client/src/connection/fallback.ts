// Several transports as one socket factory: which one the next attempt uses, and how the connection climbs back to a better one.
// Leaves attempts, their pace and resuming to the driver and the machine, which hardly notice.

import type { Log } from "../log";
import { type Clock, Timer } from "./clock";
import { probe } from "./probe";
import { type FrameData, LEAVE_CODE, LOST_CODE, RECONNECT_NOW_CODE, type Socket, type SocketFactory, type SocketHandlers, type Transport, UNANSWERED_CODE } from "./transport";

export interface Carrier {
  readonly name: Transport;
  readonly open: SocketFactory;
}

export interface FallbackOptions {
  /** The best first; at least one. */
  carriers: readonly [Carrier, ...Carrier[]];
  clock: Clock;
  log: Log;
}

/** For a socket to open while there is another transport to try. */
export const OPEN_TIMEOUT_MS = 5000;
/** The first look whether a better transport works; each further one waits twice as long, up to `LONGEST_CLIMB_MS`. */
export const FIRST_CLIMB_MS = 10_000;
export const LONGEST_CLIMB_MS = 10 * 60_000;
/** How long a change to a better transport waits for replies that are under way. */
export const DRAIN_MS = 5000;
const DRAIN_LOOK_MS = 100;

export function fallbackSocket(options: FallbackOptions): SocketFactory {
  const choice = new Choice(options);
  return (url, protocol, handlers) => new FallbackSocket(choice, options, url, protocol, handlers);
}

/** What is known of the transports, over all attempts. */
class Choice {
  /** They waste time: they did not open in time, or opened and stayed silent. Passed over until they prove themselves. */
  readonly #suspects = new Set<Carrier>();
  #climbMs = FIRST_CLIMB_MS;

  constructor(private readonly options: FallbackOptions) {}

  /** What an attempt tries, one after another. */
  candidates(): readonly Carrier[] {
    const { carriers } = this.options;
    if (this.#suspects.size === carriers.length) this.#suspects.clear();
    return carriers.filter((carrier) => !this.#suspects.has(carrier));
  }

  betterThan(carrier: Carrier): readonly Carrier[] {
    return this.options.carriers.slice(0, this.options.carriers.indexOf(carrier));
  }

  /** How long until the next look for a better one. */
  nextClimb(): number {
    const ms = this.#climbMs;
    this.#climbMs = Math.min(ms * 2, LONGEST_CLIMB_MS);
    return ms;
  }

  works(carrier: Carrier): void {
    this.#suspects.delete(carrier);
    if (carrier !== this.options.carriers[0]) return;
    this.#suspects.clear();
    this.#climbMs = FIRST_CLIMB_MS;
  }

  /** Nothing opened: the server or the network is not there, and whatever was held against the transports counts no more. */
  nothingOpened(): void {
    this.#suspects.clear();
  }

  suspect(carrier: Carrier): void {
    this.#suspects.add(carrier);
    this.options.log.info(`${carrier.name} does not work`);
  }
}

/** One attempt, with the first transport that opens. */
class FallbackSocket implements Socket {
  #carrier: Carrier;
  #inner: Socket | null = null;
  /** Sockets that are left are not listened to. */
  #generation = 0;
  /** For opening first, for climbing later. */
  readonly #timer: Timer;
  #stopProbe: (() => void) | null = null;
  #token: string | null = null;
  #opened = false;
  #heard = false;
  #over = false;

  constructor(private readonly choice: Choice, private readonly options: FallbackOptions, private readonly url: string, private readonly protocol: string, private readonly handlers: SocketHandlers) {
    this.#timer = new Timer(options.clock);
    this.#carrier = options.carriers[0];
    this.#try(choice.candidates());
  }

  get busy(): boolean {
    return this.#inner?.busy === true;
  }

  send(data: FrameData): void {
    if (this.#carrier !== this.options.carriers[0]) this.#noteToken(data);
    this.#inner?.send(data);
  }

  close(code: number): void {
    if (this.#over) return;
    // Whoever closes this has waited for it in vain, or just has no use for it any more.
    if (!this.#heard && code === UNANSWERED_CODE) this.#failed();
    this.#end();
    this.#inner?.close(code);
  }

  #try([first, ...others]: readonly Carrier[]): void {
    if (first === undefined) return this.#onClosed(LOST_CODE, "nothing is left to try");
    this.#carrier = first;
    const generation = ++this.#generation;
    const mine = (act: () => void): void => {
      if (generation === this.#generation && !this.#over) act();
    };
    this.#timer.stop();
    if (others.length > 0) this.#timer.set(OPEN_TIMEOUT_MS, () => this.#tooLate(others));
    try {
      this.#inner = first.open(this.url, this.protocol, {
        opened: (link) => mine(() => this.#onOpened(link)),
        message: (data) => mine(() => this.#onMessage(data)),
        closed: (code, reason) => mine(() => (this.#opened || others.length === 0 ? this.#onClosed(code, reason) : this.#try(others))),
      });
    } catch (error) {
      // There is no such transport here at all, so the attempt goes on as if it had been refused.
      if (others.length === 0) throw error;
      this.#try(others);
    }
  }

  #tooLate(others: readonly Carrier[]): void {
    this.choice.suspect(this.#carrier);
    this.#inner?.close(LEAVE_CODE);
    this.#try(others);
  }

  #onOpened(link: Parameters<SocketHandlers["opened"]>[0]): void {
    this.#opened = true;
    this.#timer.stop();
    this.handlers.opened({ transport: this.#carrier.name, ...link });
  }

  #onMessage(data: FrameData): void {
    if (!this.#heard) {
      this.#heard = true;
      this.choice.works(this.#carrier);
      this.#scheduleClimb();
    }
    this.handlers.message(data);
  }

  #onClosed(code: number, reason: string): void {
    if (!this.#heard && !saysTheServer(code)) this.#failed();
    this.#end();
    this.handlers.closed(code, reason);
  }

  #failed(): void {
    if (this.#opened) this.choice.suspect(this.#carrier);
    else this.choice.nothingOpened();
  }

  #end(): void {
    this.#over = true;
    this.#timer.stop();
    this.#stopProbe?.();
  }

  #scheduleClimb(): void {
    const better = this.choice.betterThan(this.#carrier);
    if (better.length > 0) this.#timer.set(this.choice.nextClimb(), () => this.#climb(better));
  }

  /** Tries what is better, the best first, while this goes on. */
  #climb([first, ...others]: readonly Carrier[]): void {
    if (first === undefined || this.#token === null) return this.#scheduleClimb();
    const { clock } = this.options;
    this.#stopProbe = probe({ open: first.open, url: this.url, token: this.#token, clock }, (works) => {
      this.#stopProbe = null;
      if (works) return this.#changeTo(first, clock.now() + DRAIN_MS);
      this.choice.suspect(first);
      this.#climb(others);
    });
  }

  #changeTo(carrier: Carrier, latest: number): void {
    if (this.busy && this.options.clock.now() < latest) return this.#timer.set(DRAIN_LOOK_MS, () => this.#changeTo(carrier, latest));
    this.choice.works(carrier);
    this.#inner?.close(LEAVE_CODE);
    this.#onClosed(RECONNECT_NOW_CODE, `${carrier.name} works again`);
  }

  /** The latest token that was sent, for probes. */
  #noteToken(data: FrameData): void {
    if (typeof data !== "string" || !data.includes('"auth"')) return;
    const frame = JSON.parse(data) as { type?: unknown; token?: unknown };
    if (frame.type === "auth" && typeof frame.token === "string") this.#token = frame.token;
  }
}

/** Such a close has come all the way from the server, so the transport is not to blame. */
function saysTheServer(code: number): boolean {
  return code === 1001 || code === 1009 || code >= 4000;
}
