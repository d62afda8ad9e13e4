// Which pages of this origin live, by the Web Lock that each of them holds until it ends, however it ends.
// Leaves to indexed-db.ts what belongs to a page. Without Web Locks a page knows of itself only.

import { randomId } from "../random-id";

export interface Pages {
  /** This page, by a name that no other has. */
  readonly own: string;
  /** The pages that live, as far as this one can know; itself maybe among them. */
  living(): Promise<ReadonlySet<string>>;
  /** Runs a task that no other page runs at the same time. */
  alone<T>(name: string, task: () => Promise<T>): Promise<T>;
}

/** The part of `navigator.locks` that is used. */
type Locks = Pick<LockManager, "request" | "query">;

const PREFIX = "tutti:page:";

export function livingPages(locks: Locks | undefined = globalThis.navigator?.locks): Pages {
  const own = randomId();
  if (locks === undefined) return { own, living: async () => new Set<string>(), alone: (_name, task) => task() };
  let held: Promise<void> | null = null;
  return {
    own,
    living: async () => {
      const { held: all = [] } = await locks.query();
      return new Set(all.flatMap(({ name }) => (name?.startsWith(PREFIX) ? name.slice(PREFIX.length) : [])));
    },
    alone: async (name, task) => {
      held ??= hold(locks, PREFIX + own);
      await held;
      return locks.request(name, task);
    },
  };
}

/** Resolves when the lock is held. It is never let go: the browser does that when the page ends. */
function hold(locks: Locks, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    locks.request(name, () => {
      resolve();
      return new Promise<never>(() => undefined);
    }).catch(reject);
  });
}
