// The fake server as a backend for scenarios.

import { FakeServer, type FakeServerOptions } from "../../src/index";
import type { Connection } from "../../src/connections/connection";
import type { Backend } from "./world";

export function fakeBackend(options: FakeServerOptions = {}): Backend {
  const server = new FakeServer({ maxConnectionsPerUser: 100, ...options });
  return {
    url: server.url,
    fetch: server.fetch,
    clock: server.clock,
    wire() {
      let last: Connection | null = null;
      return {
        socket: (url, protocol, handlers) => {
          const socket = server.socket(url, protocol, handlers);
          last = socket as Connection;
          return socket;
        },
        cut: () => last?.cut(),
      };
    },
    pass: (ms) => server.clock.advance(ms),
  };
}
