// A tab and its hub over a pipe: the socket's calls as messages, one kind for each. The tab holds a lock for as long as it
// lives, by which the hub learns of a tab that went without a word. What a tab has not read yet is bounded.
// Leaves to election.ts and shared-socket.ts how the two ends find each other.

import { CLOSE_CODES } from "../../generated/protocol";
import type { Clock } from "../clock";
import { LEAVE_CODE, type Link, type Socket, type SocketHandlers, type Transport } from "../transport";
import type { Locks, Pipe } from "./environment";
import type { Hub } from "./hub";

/** What a connection is to be, as the tab says it that wants to share it. */
export interface Target {
  /** Base address of the server. */
  server: string;
  user: string;
  /** What may carry the frames; the tab that opens the connection decides. */
  transports: readonly Transport[];
}

/** A tab wants to go there. */
export interface Join {
  type: "join";
  /** The tab's id. */
  tab: string;
  target: Target;
}

type ToHub = { type: "frame"; text: string } | { type: "read"; chars: number } | { type: "close"; code: number };
type ToTab = { type: "joined" } | { type: "opened"; link: Partial<Link> } | { type: "frame"; text: string } | { type: "closed"; code: number; reason: string };

/** Characters that a tab may be behind with; then it is closed as the server closes a slow consumer. More than a usual replay. */
export const MOST_UNREAD_CHARS = 16 * 1024 * 1024;
/** A tab says what it has read this often. */
export const READ_EVERY_CHARS = 64 * 1024;
/** The lock is let go this much later than the goodbye is said, so that it is not mistaken for a death. */
export const LOCK_LINGER_MS = 1000;

const SLOW = 4100;

/** Tabs share a connection to the same server as the same user. The number counts changes of what tabs say to each other. */
export function groupName({ server, user }: Target): string {
  return `tutti.share.1 ${server} ${user}`;
}

/** The lock that says that a tab lives. */
function tabLock(tab: string): string {
  return `tutti.tab ${tab}`;
}

/** Holds a tab's lock. Returns the way to let it go; `failed` hears that there are no locks to be had. */
export function holdTabLock(locks: Locks, clock: Clock, tab: string, held: () => void, failed: () => void): () => void {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  locks.request(tabLock(tab), {}, () => {
    held();
    return released;
  }).catch(failed);
  return () => void clock.after(LOCK_LINGER_MS, release);
}

/** The tab's end: a socket whose other end is a hub. `joined` hears that there is one. */
export function pipeSocket(pipe: Pipe, handlers: SocketHandlers, joined: () => void): Socket {
  let unread = 0;
  const tell = (message: ToHub): void => pipe.postMessage(message);
  pipe.onmessage = ({ data }) => {
    // Only a hub of the same version speaks here.
    const message = data as ToTab;
    switch (message.type) {
      case "joined": return joined();
      case "opened": return handlers.opened(message.link);
      case "closed": return handlers.closed(message.code, message.reason);
      case "frame":
        unread += message.text.length;
        if (unread >= READ_EVERY_CHARS) {
          tell({ type: "read", chars: unread });
          unread = 0;
        }
        return handlers.message(message.text);
    }
  };
  return {
    send: (text) => {
      if (typeof text === "string") tell({ type: "frame", text });
    },
    close: (code) => tell({ type: "close", code }),
  };
}

/** The hub's end. The pipe is closed when the tab has left. */
export function servePipe(pipe: Pipe, locks: Locks, join: Join, hub: Hub): void {
  new ServedTab(pipe, locks, join.tab).attachTo(hub);
}

class ServedTab implements SocketHandlers {
  readonly #watch = new AbortController();
  #socket: Socket | null = null;
  #unread = 0;
  #over = false;

  constructor(private readonly pipe: Pipe, locks: Locks, tab: string) {
    pipe.onmessage = ({ data }) => this.#take(data as ToHub);
    this.#tell({ type: "joined" });
    locks.request(tabLock(tab), { signal: this.#watch.signal }, async () => this.#leave(LEAVE_CODE)).catch(() => undefined);
  }

  attachTo(hub: Hub): void {
    const socket = hub.attach(this);
    if (!this.#over) this.#socket = socket;
  }

  opened(link: Partial<Link> = {}): void {
    this.#tell({ type: "opened", link });
  }

  message(text: string): void {
    this.#unread += text.length;
    if (this.#unread <= MOST_UNREAD_CHARS) return this.#tell({ type: "frame", text });
    this.#tell({ type: "closed", code: SLOW, reason: CLOSE_CODES[SLOW].reason });
    this.#leave(LEAVE_CODE);
  }

  closed(code: number, reason: string): void {
    if (this.#over) return;
    this.#tell({ type: "closed", code, reason });
    this.#end();
  }

  #take(message: ToHub): void {
    if (message.type === "frame") this.#socket?.send(message.text);
    else if (message.type === "read") this.#unread -= message.chars;
    else this.#leave(message.code);
  }

  #tell(message: ToTab): void {
    if (!this.#over) this.pipe.postMessage(message);
  }

  #leave(code: number): void {
    if (this.#over) return;
    const socket = this.#socket;
    this.#end();
    socket?.close(code);
  }

  #end(): void {
    this.#over = true;
    this.#socket = null;
    this.#watch.abort();
    this.pipe.close();
  }
}
