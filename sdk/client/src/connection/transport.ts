// The socket as the driver sees it, the browser's WebSocket behind it, and the JSON text of frames.
// Leaves to the driver when to open, and to the machine what a close means.

import type { Command, Ref, ServerFrame } from "../generated/protocol";

export interface SocketHandlers {
  opened(): void;
  message(text: string): void;
  closed(code: number, reason: string): void;
}

export interface Socket {
  send(text: string): void;
  close(code: number): void;
}

/** Opens a socket. After `close` nothing more of it needs to be told. */
export type SocketFactory = (url: string, protocol: string, handlers: SocketHandlers) => Socket;

export const SUB_PROTOCOL = "tutti.v1.json";

export const webSocket: SocketFactory = (url, protocol, handlers) => {
  const socket = new WebSocket(url, protocol);
  socket.onopen = () => handlers.opened();
  socket.onmessage = (event: MessageEvent<unknown>) => {
    if (typeof event.data === "string") handlers.message(event.data);
  };
  socket.onclose = (event) => handlers.closed(event.code, event.reason);
  return { send: (text) => socket.send(text), close: (code) => socket.close(code) };
};

/** `http(s)://host/base` becomes `ws(s)://host/base/ws`. */
export function socketUrl(url: string): string {
  return `${url.replace(/\/+$/, "").replace(/^http/, "ws")}/ws`;
}

export function encode(command: Command, ref?: Ref): string {
  return JSON.stringify(ref === undefined ? command : { ...command, ref });
}

const KNOWN: Record<ServerFrame["type"], true> = {
  welcome: true,
  auth_ok: true,
  pong: true,
  error: true,
  message_sent: true,
  message: true,
  message_edited: true,
  message_deleted: true,
  reaction_added: true,
  reaction_removed: true,
  read_receipt_ok: true,
  read_receipt: true,
  typing: true,
  history: true,
  conversation_created: true,
  conversation_updated: true,
  conversation_deleted: true,
  member_added: true,
  member_updated: true,
  member_removed: true,
  presence_set_ok: true,
  presence_state: true,
  presence: true,
  subscribed: true,
  unsubscribed: true,
  published: true,
  publication: true,
  channel_member_joined: true,
  channel_member_left: true,
};

/** The frame in `text`; null if it is none, or of a type that this version does not know. */
export function decode(text: string): ServerFrame | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isServerFrame(value) ? value : null;
}

function isServerFrame(value: unknown): value is ServerFrame {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  return typeof value.type === "string" && Object.hasOwn(KNOWN, value.type);
}
