// What an application can choose, what holds where it does not, and the socket that follows. Leaves using them to the client.

import { DEFAULT_BACKOFF_MS } from "./connection/backoff";
import { type Clock, systemClock } from "./connection/clock";
import type { CodecName } from "./connection/codec";
import type { MetricEvent } from "./connection/metrics";
import { type NetworkStatus, systemNetwork } from "./connection/network";
import { pageEnvironment } from "./connection/sharing/environment";
import { Logouts } from "./connection/sharing/logouts";
import type { SharingOptions } from "./connection/sharing/shared-socket";
import { tabSocket } from "./connection/sharing/tab-socket";
import { type SocketFactory, type Transport, webSocket } from "./connection/transport";
import { DEFAULT_TRANSPORTS, transportSocket } from "./connection/transports";
import { createLog, type Log, type LogLevel, type LogSink } from "./log";
import { indexedDbOutbox } from "./storage/indexed-db";
import type { OutboxStorage } from "./storage/storage";

/** What a client is made of. `url` and `token` are needed; the rest has defaults. */
export interface ClientOptions {
  /** Base address of the server, e.g. `http://127.0.0.1:5004`; the WebSocket address is derived from it. */
  url: string;
  /** The token, or how to get one (called again before expiry, and after 4001 and 4003). */
  token: string | (() => Promise<string> | string);
  /** Where time comes from; the system's by default. For tests. */
  clock?: Clock | undefined;
  /** Opens WebSockets, where there are none of the platform's own. */
  socket?: SocketFactory | undefined;
  /** What may carry the frames, the best first; WebSocket, then Server-Sent Events, then polling by default. */
  transports?: readonly Transport[] | undefined;
  /**
   * Whether tabs of one browser with the same `url` and user share one connection, in JSON. Where they can they do, unless
   * `socket` or `msgpack` is asked for; false gives each its own. With `worker` a SharedWorker keeps it, else one of the tabs.
   */
  sharing?: boolean | SharingOptions | undefined;
  /** How frames are written over a WebSocket; JSON by default. The code for `msgpack` is loaded when it is asked for. */
  codec?: CodecName | undefined;
  /** Makes HTTP requests; the platform's by default. */
  fetch?: typeof fetch | undefined;
  /** From 0 up to, and without, 1; `Math.random` by default. For tests. */
  random?: (() => number) | undefined;
  /** What the device says of its network and of who looks; the browser's events by default. */
  network?: NetworkStatus | undefined;
  /** How long the page may be hidden before the connection is let go until it is looked at again; 5 minutes by default, `Infinity` for ever. */
  pauseAfterHiddenMs?: number | undefined;
  /** Where messages that wait to be sent survive the page: IndexedDB where there is one; null for in memory only. */
  storage?: OutboxStorage | null | undefined;
  /** Attempts to reconnect before giving up; 5 by default, `Infinity` allowed. */
  maxAttempts?: number | undefined;
  /** Steps of the backoff, each with full jitter; 1, 2, 4, 8, 16, 30 s by default. */
  backoffMs?: readonly number[] | undefined;
  /** Messages waiting to be sent; 500 by default. */
  queueLimit?: number | undefined;
  /** The least that is logged; `warn` by default. */
  log?: LogLevel | undefined;
  /** Takes the log; the console by default. */
  logSink?: LogSink | undefined;
  /** Told of every change, frame, latency and error of the connection, as it happens. */
  onMetric?: ((event: MetricEvent) => void) | undefined;
}

/** The options that have a value whatever the application chose. */
type Chosen = "clock" | "socket" | "transports" | "sharing" | "codec" | "fetch" | "random" | "network" | "pauseAfterHiddenMs" | "storage" | "maxAttempts" | "backoffMs" | "queueLimit";

/** What holds for one client. */
export type Settings = { [K in Chosen]: Exclude<ClientOptions[K], undefined> } & { url: string; log: Log };

const DEFAULT_MAX_ATTEMPTS = 5;
const DEFAULT_PAUSE_AFTER_HIDDEN_MS = 5 * 60_000;
const DEFAULT_QUEUE_LIMIT = 500;

/** The browser's fetch insists on being called as a global. */
export const globalFetch: typeof fetch = (input, init) => fetch(input, init);

export function settingsOf(options: ClientOptions): Settings {
  const { url, socket, codec = "json" } = options;
  return {
    url,
    clock: options.clock ?? systemClock,
    log: createLog(options.log ?? "warn", options.logSink),
    socket: socket ?? webSocket,
    transports: options.transports ?? DEFAULT_TRANSPORTS,
    // An own socket is for this client alone, and what is shared is JSON.
    sharing: options.sharing ?? (socket === undefined && codec !== "msgpack"),
    codec,
    fetch: options.fetch ?? globalFetch,
    random: options.random ?? Math.random,
    network: options.network ?? systemNetwork(),
    pauseAfterHiddenMs: options.pauseAfterHiddenMs ?? DEFAULT_PAUSE_AFTER_HIDDEN_MS,
    storage: options.storage === undefined ? systemStorage() : options.storage,
    maxAttempts: options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    backoffMs: options.backoffMs ?? DEFAULT_BACKOFF_MS,
    queueLimit: options.queueLimit ?? DEFAULT_QUEUE_LIMIT,
  };
}

/** Opens what carries the frames: shared with other tabs where that is wanted, over whichever transport works. */
export function socketOf(settings: Settings, user: () => string | null): SocketFactory {
  const { url, transports, sharing, clock, log } = settings;
  const own = transportSocket(settings);
  if (sharing === false) return own;
  const worker = sharing === true ? undefined : sharing.worker;
  return tabSocket({ server: serverAt(url), transports, user, socket: own, clock, log, worker });
}

/** What tells the tabs that share a connection of a logout, and hears of theirs. */
export function logoutsOf({ url, sharing }: Settings, heard: (user: string) => void): Logouts {
  return new Logouts({ server: serverAt(url), environment: sharing === false ? null : pageEnvironment(), heard });
}

function serverAt(url: string): string {
  return url.replace(/\/+$/, "");
}

function systemStorage(): OutboxStorage | null {
  return typeof indexedDB === "undefined" ? null : indexedDbOutbox();
}
