// Tabs as a hub sees them: what each has been told, and its socket.

import type { Command, Ref, ServerFrame, Socket, SocketHandlers } from "../../src/index";
import type { Hub } from "../../src/connection/sharing/hub";
import type { FakeServer } from "./fake-server";
import { jwt } from "./fixtures";
import { settle } from "../../../testing/src/manual-clock";

export class FakeTab implements SocketHandlers {
  readonly frames: ServerFrame[] = [];
  readonly closes: { code: number; reason: string }[] = [];
  openings = 0;
  readonly socket: Socket;

  constructor(hub: Hub) {
    this.socket = hub.attach(this);
  }

  opened(): void {
    this.openings++;
  }

  message(data: string | Uint8Array): void {
    this.frames.push(JSON.parse(String(data)) as ServerFrame);
  }

  closed(code: number, reason: string): void {
    this.closes.push({ code, reason });
  }

  ask(command: Command, ref?: Ref): void {
    this.socket.send(JSON.stringify({ ...command, ref }));
  }

  of<T extends ServerFrame["type"]>(type: T): Extract<ServerFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type);
  }

  /** Forgets what came so far. */
  clear(): void {
    this.frames.length = 0;
  }
}

/** A token of Alice that expires so many seconds after 2026 began. */
export function tokenOf(sub = "alice", expiresIn = 3600): string {
  return jwt({ sub, exp: Date.parse("2026-01-01T00:00:00.000Z") / 1000 + expiresIn });
}

/** A tab that has signed in, as far as the server lets it. */
export async function enter(hub: Hub, since?: string, token = tokenOf()): Promise<FakeTab> {
  const tab = new FakeTab(hub);
  await settle();
  tab.ask({ type: "auth", token, ...(since === undefined ? {} : { resume: { since } }) });
  await settle();
  return tab;
}

/** Lets the server answer a kind of request with this. */
export function answer<T extends Command["type"]>(server: FakeServer, type: T, reply: (command: Extract<Command, { type: T }>) => ServerFrame): void {
  // Answers are filed by type, so this one gets no other.
  server.answers.set(type, (frame, socket) => socket.push({ ...reply(frame as unknown as Extract<Command, { type: T }>), ref: frame.ref ?? 0 }));
}
