// What tabs need of the browser to find each other: Web Locks and channels between pages. Passed in, so that tests can be many
// tabs. Leaves what is said over them to pipe.ts and election.ts.

/** A way between two pages, or a page and a worker: a `BroadcastChannel` or a `MessagePort`. */
export interface Pipe {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  close(): void;
}

/** As much of `navigator.locks` as is needed. */
export interface Locks {
  /** Settles when what `held` gives does; rejects when it is aborted, or the lock is stolen. */
  request(name: string, options: { signal?: AbortSignal; steal?: boolean }, held: () => Promise<void>): Promise<unknown>;
}

export interface Environment {
  locks: Locks;
  broadcast(name: string): Pipe;
  /** An id that no other tab has. */
  id(): string;
}

/** Of this page; null where tabs cannot find each other (Node, old browsers, pages without TLS) and where there are none. */
export function pageEnvironment(): Environment | null {
  if (typeof document === "undefined" || typeof BroadcastChannel === "undefined") return null;
  // Left out of insecure pages, whatever its type says.
  const locks = navigator.locks as LockManager | undefined;
  return locks === undefined ? null : { locks, broadcast: (name) => new BroadcastChannel(name), id: () => crypto.randomUUID() };
}
