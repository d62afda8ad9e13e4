// What the parts of a hub know of each other: a tab, its requests, and how they are passed on and answered.
// Leaves doing it to the hub.

import type { Command, Ref, ServerBody, ServerFrame } from "../../generated/protocol";
import type { SocketHandlers } from "../transport";

/** A command as a tab sent it. */
export type Asked<T extends Command["type"] = Command["type"]> = Extract<Command, { type: T }> & { ref?: Ref };

/** A reply without its `ref`, which the hub adds. */
export type Answer = ServerBody & { offset?: number };

export interface Tab {
  readonly handlers: SocketHandlers;
  /** It is told what happens: it has had its welcome. */
  welcomed: boolean;
  /** Its port is open. */
  attached: boolean;
  /** Requests that it has no reply to yet. */
  unanswered: number;
  /** Its first `auth`, while it waits for the welcome. */
  knocking: Asked<"auth"> | null;
}

export interface Desk {
  /** Sends something that nobody answers. */
  send(command: Command): void;
  /** Sends a request to the server for a tab, or (null) for the hub itself. `replied` hears the reply after the tab. */
  forward(tab: Tab | null, command: Command & { ref?: Ref }, replied?: (reply: ServerFrame) => void): void;
  /** Answers a tab's request without asking the server. */
  answer(tab: Tab, ref: Ref | undefined, answer: Answer): void;
  /** Tells a tab something that it did not ask for. */
  push(tab: Tab, frame: ServerFrame): void;
}

/** A command as the server is to get it from here. */
export function withoutRef(command: Asked): Command {
  const { ref: _, ...rest } = command;
  return rest;
}
