// Node's WebSocket as the SDK takes it: Node 20 has none of its own.

import WebSocket from "ws";
import type { SocketFactory } from "../../../src/index";

/** Opens sockets with `ws`; `opened` is given each one, to break it. */
export const openSocket = (opened: (ws: WebSocket) => void): SocketFactory => (url, protocol, handlers) => {
  const ws = new WebSocket(url, protocol);
  opened(ws);
  ws.on("open", () => handlers.opened());
  ws.on("message", (data: Buffer, isBinary) => handlers.message(isBinary ? data : data.toString()));
  ws.on("close", (code, reason) => handlers.closed(code, reason.toString()));
  // What follows is a close, which is all that the SDK wants to know.
  ws.on("error", () => undefined);
  return { send: (data) => ws.send(data), close: (code) => ws.close(code) };
};
