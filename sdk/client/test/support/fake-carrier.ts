// Sockets that a test opens, answers and breaks by hand.

import type { FrameData, Socket, SocketFactory, SocketHandlers } from "../../src/index";

export class HandSocket implements Socket {
  readonly sent: FrameData[] = [];
  closedWith: number | null = null;
  busy = false;

  constructor(readonly handlers: SocketHandlers, readonly protocol: string) {}

  send(data: FrameData): void {
    this.sent.push(data);
  }

  close(code: number): void {
    this.closedWith = code;
  }
}

export class HandCarrier {
  readonly sockets: HandSocket[] = [];

  get last(): HandSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  readonly open: SocketFactory = (_url, protocol, handlers) => {
    const socket = new HandSocket(handlers, protocol);
    this.sockets.push(socket);
    return socket;
  };
}

/** Handlers that write down what they are told. */
export class Heard implements SocketHandlers {
  readonly told: unknown[] = [];

  opened(...link: unknown[]): void {
    this.told.push(["opened", ...link]);
  }

  message(data: FrameData): void {
    this.told.push(["message", typeof data === "string" ? (JSON.parse(data) as unknown) : data]);
  }

  closed(code: number, reason: string): void {
    this.told.push(["closed", code, reason]);
  }

  /** Of the frames, the types. */
  get frames(): string[] {
    return this.of("message").map((frame) => (frame as { type: string }).type);
  }

  of(kind: "opened" | "message" | "closed"): unknown[] {
    return (this.told as [string, unknown][]).filter(([name]) => name === kind).map(([, what]) => what);
  }
}
