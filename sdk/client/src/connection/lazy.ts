// A socket whose code is loaded first, so that who never needs it never downloads it.
// Leaves what the socket does to that code.

import { LOST_CODE, type Socket, type SocketFactory } from "./transport";

/** Opens what `load` gives. Nothing can be sent before that, since nothing has opened. */
export function lazySocket(load: () => Promise<SocketFactory>): SocketFactory {
  return (url, protocol, handlers) => {
    let inner: Socket | null = null;
    let closed = false;
    load().then((open) => {
      if (!closed) inner = open(url, protocol, handlers);
    }).catch(() => {
      if (!closed) handlers.closed(LOST_CODE, "the transport could not be loaded");
    });
    return {
      send: (data) => inner?.send(data),
      close: (code) => {
        closed = true;
        inner?.close(code);
      },
      get busy() {
        return inner?.busy === true;
      },
    };
  };
}
