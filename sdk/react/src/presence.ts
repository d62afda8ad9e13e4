// How other users are, for as long as a component shows them. Who is told what, and when, is the client's business.

import type { Conversation, Presence, Store, TuttiClient } from "@tutti/client";
import { useEffect, useMemo } from "react";
import { useTutti } from "./provider";
import { useSnapshot } from "./store";

/** By user id; only those whose presence is known. */
export type PresenceMap = ReadonlyMap<string, Presence>;

/** Users by id, or a conversation's members as far as it lists them. */
export type PresenceUsers = readonly string[] | Pick<Conversation, "members">;

const NOBODY: PresenceMap = new Map();

/** How one user is; null until it is known, and for null. */
export function usePresence(userId: string | null): Presence | null;
/** How each of some users is. */
export function usePresence(users: PresenceUsers): PresenceMap;
export function usePresence(whom: string | PresenceUsers | null): Presence | null | PresenceMap {
  const client = useTutti();
  const key = keyOf(idsOf(whom));
  useKeyFollowed(client, key);
  const store = useMemo(() => presenceOf(client, idsIn(key)), [client, key]);
  const known = useSnapshot(store, NOBODY);
  if (typeof whom === "string") return known.get(whom) ?? null;
  return whom === null ? null : known;
}

/** Follows users without showing them: for a list whose rows call `usePresence`, so that scrolling follows nobody anew. */
export function useFollow(users: PresenceUsers): void {
  useKeyFollowed(useTutti(), keyOf(idsOf(users)));
}

function idsOf(whom: string | PresenceUsers | null): readonly string[] {
  if (whom === null) return [];
  if (typeof whom === "string") return [whom];
  return "members" in whom ? whom.members.map((member) => member.user_id) : whom;
}

/** The same for the same users, so that an array made anew for every render follows nobody anew. */
function keyOf(userIds: readonly string[]): string {
  return [...new Set(userIds)].sort().join("\n");
}

function idsIn(key: string): readonly string[] {
  return key === "" ? [] : key.split("\n");
}

function useKeyFollowed(client: TuttiClient, key: string): void {
  useEffect(() => (key === "" ? undefined : client.presence.follow(idsIn(key))), [client, key]);
}

/** Several users' presence as one store. Asks the client for theirs each time: it lets go of those whom nobody watches. */
function presenceOf({ presence }: TuttiClient, userIds: readonly string[]): Store<PresenceMap> {
  let shown: readonly (Presence | null)[] = [];
  let map = NOBODY;
  return {
    subscribe(listener) {
      const stops = userIds.map((id) => presence.of(id).subscribe(listener));
      return () => stops.forEach((stop) => stop());
    },
    snapshot() {
      const now = userIds.map((id) => presence.of(id).snapshot());
      if (now.length === shown.length && now.every((one, at) => one === shown[at])) return map;
      shown = now;
      map = new Map(now.flatMap((one) => (one === null ? [] : [[one.user_id, one]])));
      return map;
    },
  };
}
