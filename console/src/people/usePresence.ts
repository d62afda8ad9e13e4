// Following how people are, for as long as somebody looks.
import type { Availability, Presence, Status } from "@tutti/client";
import { useEffect, useMemo } from "react";
import { useApp } from "../app/context";
import { useStore } from "../app/useStore";

export function useFollow(userIds: readonly string[]): void {
  const { client } = useApp();
  const key = [...new Set(userIds)].sort().join("\n");
  useEffect(() => (key === "" ? undefined : client.presence.follow(key.split("\n"))), [client, key]);
}

export function usePresence(userId: string): Presence | null {
  const { client } = useApp();
  return useStore(useMemo(() => client.presence.of(userId), [client, userId]));
}

export const statusWords: Record<Status, string> = {
  online: "Online",
  away: "Away",
  busy: "Busy",
  offline: "Offline",
};

/** The same for what a person says of themselves. */
export const ownWords: Record<Availability, string> = {
  online: "Online",
  away: "Away",
  busy: "Busy",
  invisible: "Invisible",
};
