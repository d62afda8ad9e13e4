// A socket that tabs share: through a SharedWorker where the application brings one, else through the tab that is elected to
// keep the connection. What turns out not to work here is not tried again; in the end each tab has a connection of its own.
// Leaves sharing itself to the hub.

import type { Log } from "../../log";
import type { Clock } from "../clock";
import { RECONNECT_NOW_CODE, type Socket, type SocketFactory, type Transport } from "../transport";
import { ElectedSocket } from "./election";
import type { Environment } from "./environment";
import type { TabOptions } from "./tab-end";
import { type WorkerHandle, workerSocket } from "./worker-socket";

/** How tabs share a connection. */
export interface SharingOptions {
  /** Starts or finds the SharedWorker that keeps the connection; its script is `@tutti/client/worker`. */
  worker?: (() => WorkerHandle) | undefined;
}

export interface SharedSocketOptions {
  /** Base address of the server, without a slash at its end. */
  server: string;
  transports: readonly Transport[];
  /** The id of the user who is signed in; null if it cannot be told, and then nothing is shared. */
  user(): string | null;
  /** Opens a connection of one's own. */
  socket: SocketFactory;
  clock: Clock;
  log: Log;
  worker?: SharingOptions["worker"];
  environment: Environment;
}

type Way = (options: TabOptions) => Socket;

/** Sockets to the same address, of the same user, share one connection over all tabs of the browser. */
export function sharedSocket({ server, transports, user, socket, clock, log, worker, environment }: SharedSocketOptions): SocketFactory {
  const elected: Way = (options) => new ElectedSocket(options);
  const ways: Way[] = worker === undefined ? [elected] : [(options) => workerSocket(options, worker), elected];
  return (url, protocol, handlers) => {
    const [way, userId] = [ways[0], user()];
    if (userId === null || way === undefined) return socket(url, protocol, handlers);
    const impossible = (): void => {
      if (ways[0] === way) {
        ways.shift();
        log.warn(way === elected ? "tabs cannot share a connection here" : "the SharedWorker cannot be had; a tab keeps the connection");
      }
      handlers.closed(RECONNECT_NOW_CODE, "tabs share a connection in another way here; retry_after_ms=0");
    };
    return way({ environment, clock, target: { server, user: userId, transports }, socket, handlers, impossible });
  };
}
