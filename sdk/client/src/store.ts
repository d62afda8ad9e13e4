// Watchable values: the `Store` every view reads, and the `Signal` that the SDK writes.
// Leaves to others what is in them and when they change.

import { LOG_PREFIX } from "./log";

/** Anything a view can watch. React's `useSyncExternalStore` takes both functions as they are. */
export interface Store<T> {
  /** Calls `listener` after every change. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  /** The present value; the same reference until it changes. */
  snapshot(): T;
}

/** Calls every listener, also when one of them throws. */
export function notify<A extends readonly unknown[]>(listeners: Iterable<(...args: A) => void>, ...args: A): void {
  for (const listener of [...listeners]) {
    try {
      listener(...args);
    } catch (error) {
      console.error(`${LOG_PREFIX} a listener failed`, error);
    }
  }
}

/** A store that can be written. Its functions need no `this`. */
export class Signal<T> implements Store<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(initial: T) {
    this.#value = initial;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  };

  readonly snapshot = (): T => this.#value;

  set(next: T): void {
    if (Object.is(next, this.#value)) return;
    this.#value = next;
    notify(this.#listeners);
  }
}

/** Counts who uses something, and tells when the first comes and when the last has gone. */
export class Usage {
  #users = 0;

  constructor(private readonly changed: (used: boolean) => void) {}

  get inUse(): boolean {
    return this.#users > 0;
  }

  /** One user more. Returns the way to be one less. */
  begin(): () => void {
    this.#users += 1;
    if (this.#users === 1) this.changed(true);
    let using = true;
    return () => {
      if (!using) return;
      using = false;
      this.#users -= 1;
      if (this.#users === 0) this.changed(false);
    };
  }

  /** A store's `subscribe` whose subscribers count as users. */
  counting(subscribe: Store<unknown>["subscribe"]): Store<unknown>["subscribe"] {
    return (listener) => {
      const stop = subscribe(listener);
      const end = this.begin();
      return () => {
        stop();
        end();
      };
    };
  }
}

/** A signal of an object, of which single fields are replaced; nothing is told when nothing changed. */
export class Fields<T extends object> extends Signal<T> {
  patch(fields: Partial<T>): void {
    const now = this.snapshot();
    const keys = Object.keys(fields) as (keyof T)[];
    if (keys.some((key) => !Object.is(now[key], fields[key]))) this.set({ ...now, ...fields });
  }
}
