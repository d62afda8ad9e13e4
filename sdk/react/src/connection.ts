// The connection as a component sees it. Its states and attempts are the client's.

import { type ConnectionSnapshot, NOT_CONNECTED } from "@tutti/client";
import { useMemo } from "react";
import { useTutti } from "./provider";
import { useSnapshot } from "./store";

/** How the connection stands, and what a person may do about it. */
export interface UseConnectionResult extends ConnectionSnapshot {
  /** Tries again now, also after it was given up. */
  reconnect(): void;
}

/** How the connection stands: for a line that says so, a button to try again, and who is signed in. */
export function useConnection(): UseConnectionResult {
  const { connection, reconnect } = useTutti();
  const snapshot = useSnapshot(connection, NOT_CONNECTED);
  return useMemo(() => ({ ...snapshot, reconnect }), [snapshot, reconnect]);
}
