// The socket as the driver sees it, the browser's WebSocket behind it, and frames as JSON text.
// Leaves to the driver when to open, to the machine what a close means, and other ways to carry frames to their own files.

import type { Command, Ref, ServerFrame } from "../generated/protocol";

/** What carries the frames, the best first. */
export type Transport = "websocket" | "sse" | "polling";

/** One frame on its way: JSON text, or the bytes of MessagePack. */
export type FrameData = string | Uint8Array;

/** How an open socket carries frames. */
export interface Link {
  transport: Transport;
  /** The sub-protocol, which says how frames are written. */
  protocol: string;
}

/** What is told of a socket: first `opened`, if it does, and at last `closed`. */
export interface SocketHandlers {
  /** What is left out of `link` is a WebSocket, and the sub-protocol that was asked for. */
  opened(link?: Partial<Link>): void;
  /** One frame came. */
  message(data: FrameData): void;
  /** It is closed, or never opened; nothing more comes. */
  closed(code: number, reason: string): void;
}

/** An open way to the server, or one that opens. */
export interface Socket {
  /** Sends one frame. */
  send(data: FrameData): void;
  /** Closes it, with a WebSocket close code. */
  close(code: number): void;
  /** Something that was sent is not answered yet, as far as the transport knows. */
  readonly busy?: boolean;
}

/** Opens a socket. After `close` nothing more of it needs to be told. */
export type SocketFactory = (url: string, protocol: string, handlers: SocketHandlers) => Socket;

export const SUB_PROTOCOL = "tutti.v1.json";

/** Closing with this is a goodbye: the user is gone at once. */
export const GOODBYE_CODE = 1000;
/** Closing with this leaves without a goodbye: the user counts as here for a while, as after a loss. */
export const LEAVE_CODE = 4900;
/** The same, because the server did not answer in time: what carries the frames may be to blame. */
export const UNANSWERED_CODE = 4901;
/** No close by the server, but by what lies between: connect again at once, nothing is wrong. Never sent. */
export const RECONNECT_NOW_CODE = 4199;
/** Too busy now, for whoever says so. */
export const TRY_LATER_CODE = 1013;
/** What a browser says of a connection that was lost, or never came about. */
export const LOST_CODE = 1006;

export const webSocket: SocketFactory = (url, protocol, handlers) => {
  const socket = new WebSocket(url, protocol);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => handlers.opened(socket.protocol === "" ? {} : { protocol: socket.protocol });
  socket.onmessage = (event: MessageEvent<unknown>) => {
    if (typeof event.data === "string") handlers.message(event.data);
    else if (event.data instanceof ArrayBuffer) handlers.message(new Uint8Array(event.data));
  };
  socket.onclose = (event) => handlers.closed(event.code, event.reason);
  return { send: (data) => socket.send(data as string | Uint8Array<ArrayBuffer>), close: (code) => socket.close(code) };
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
  return asServerFrame(value);
}

/** A decoded value as a frame, under the same conditions. */
export function asServerFrame(value: unknown): ServerFrame | null {
  return isServerFrame(value) ? value : null;
}

function isServerFrame(value: unknown): value is ServerFrame {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  return typeof value.type === "string" && Object.hasOwn(KNOWN, value.type);
}
