// The door to sharing: only where tabs can find each other is its code loaded. Leaves everything else to that code.

import { lazySocket } from "../lazy";
import type { SocketFactory } from "../transport";
import { pageEnvironment } from "./environment";
import type { SharedSocketOptions } from "./shared-socket";

/** Sockets that the tabs of a browser share where they can, and else those of `options.socket`. */
export function tabSocket(options: Omit<SharedSocketOptions, "environment">, environment = pageEnvironment()): SocketFactory {
  if (environment === null) return options.socket;
  let loaded: SocketFactory | null = null;
  return lazySocket(async () => {
    try {
      return (loaded ??= (await import("./shared-socket")).sharedSocket({ ...options, environment }));
    } catch {
      // Its code cannot be had now. To be connected is more than to share.
      return options.socket;
    }
  });
}
