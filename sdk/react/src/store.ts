// Watching the client's stores from a component. What a store holds, and when it changes, is its owner's business.

import type { Store } from "@tutti/client";
import { useCallback, useSyncExternalStore } from "react";
import { nothing } from "./absent";

const whole = <T>(value: T): T => value;

/**
 * The present value of any store of the client (or of your own), anew after every change. On a server it is what the store
 * holds there, so a store that is ahead in the browser is a mismatch: the hooks for one thing each have none.
 */
export function useStore<T>(store: Store<T>): T {
  return useSelection(store, whole, store.snapshot());
}

/**
 * A part of a store: the component renders again only when that part changes, so `select` must give the same reference
 * for the same state. `initial` stands for it on the server, while hydrating, and as long as there is no store.
 */
export function useSelection<T, S>(store: Store<T> | null, select: (value: T) => S, initial: S): S {
  const subscribe = useCallback((listener: () => void) => store?.subscribe(listener) ?? nothing, [store]);
  return useSyncExternalStore(subscribe, () => (store === null ? initial : select(store.snapshot())), () => initial);
}

/** The whole of a store, with `initial` as in `useSelection`. */
export function useSnapshot<T>(store: Store<T> | null, initial: T): T {
  return useSelection(store, whole, initial);
}
