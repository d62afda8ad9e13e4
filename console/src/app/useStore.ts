// Watching a store of the SDK (or one of the console's own) from a component. What the store holds is its owner's business.
import type { Store } from "@tutti/client";
import { useSyncExternalStore } from "react";

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(
    (listener) => store.subscribe(listener),
    () => store.snapshot(),
  );
}
