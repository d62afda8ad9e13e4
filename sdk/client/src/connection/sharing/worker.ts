// The script of the SharedWorker: `@tutti/client/worker`. Keeps the connections of all tabs, one for each address and user.
// Leaves everything about a connection to its hub.

import { createLog } from "../../log";
import { systemClock } from "../clock";
import { webSocket } from "../transport";
import { transportSocket } from "../transports";
import { Hub } from "./hub";
import { groupName, type Join, servePipe, type Target } from "./pipe";

const hubs = new Map<string, Hub>();
const [clock, log] = [systemClock, createLog("warn")];

function hubOf(target: Target): Hub {
  const name = groupName(target);
  const hub = hubs.get(name) ?? newHub(target, () => void hubs.delete(name));
  hubs.set(name, hub);
  return hub;
}

function newHub({ server, user, transports }: Target, ended: () => void): Hub {
  const socket = transportSocket({ url: server, fetch: (input, init) => fetch(input, init), clock, log, transports, socket: webSocket });
  return new Hub({ server, user, socket, clock, ended });
}

// The one thing that is only there in a SharedWorker; its types and the page's exclude each other.
const scope = globalThis as unknown as { onconnect: (event: MessageEvent) => void };

scope.onconnect = ({ ports: [port] }) => {
  if (port === undefined) return;
  port.onmessage = ({ data }: MessageEvent<Join>) => servePipe(port, navigator.locks, data, hubOf(data.target));
};
