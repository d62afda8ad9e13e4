// The transports by name, put together as the application wants them. The rules are in the parts.

import type { Log } from "../log";
import { type Carrier, fallbackSocket } from "./fallback";
import type { HttpSocketOptions } from "./http-socket";
import { lazySocket } from "./lazy";
import type { SocketFactory, Transport } from "./transport";

export const DEFAULT_TRANSPORTS: readonly Transport[] = ["websocket", "sse", "polling"];

export interface TransportOptions extends HttpSocketOptions {
  /** The best first. */
  transports: readonly Transport[];
  /** Opens WebSockets. */
  socket: SocketFactory;
  log: Log;
}

/** A socket over whichever of the transports works. Throws a TypeError when there is none. */
export function transportSocket(options: TransportOptions): SocketFactory {
  const open: Record<Transport, () => SocketFactory> = {
    websocket: () => options.socket,
    sse: () => lazySocket(() => import("./http-transports").then((http) => http.sseSocket(options))),
    polling: () => lazySocket(() => import("./http-transports").then((http) => http.pollingSocket(options))),
  };
  const [first, ...others] = options.transports.map((name): Carrier => ({ name, open: open[name]() }));
  if (first === undefined) throw new TypeError("`transports` names none");
  return fallbackSocket({ carriers: [first, ...others], clock: options.clock, log: options.log });
}
