// A real server as a backend for scenarios: Node's sockets and real time.

import { openSocket } from "../../../client/test/real/support/socket";
import type { Backend } from "../support/world";

export function realBackend(url: string): Backend {
  return {
    url,
    fetch: (input, init) => fetch(input, init),
    clock: null,
    wire() {
      let last: { terminate(): void } | null = null;
      const socket = openSocket((ws) => {
        last = ws;
      });
      return { socket, cut: () => last?.terminate() };
    },
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}
