// What somebody missed while they were away, as far as it is still known.

import { rank } from "../ids";
import { CHAT_LIMITS } from "./bounds";
import type { ChatEvent, ChatState, Room } from "./state";

/** What the `welcome` says of it, and the events that follow. */
export interface Replay {
  resumed: boolean;
  /** Conversations of which too much was missed. */
  reset: string[];
  /** The oldest first. */
  events: ChatEvent[];
}

/** What a user missed since an event; without one there is nothing to continue. */
export function replay(state: ChatState, user: string, since: string | null): Replay {
  if (since === null || rank(since) > rank(state.latest)) return { resumed: false, reset: [], events: [] };
  const from = rank(since);
  const left = departuresSince(state, user, from);
  const missed = state.roomsOf(user).map((room) => ({ id: room.info.id, events: missedIn(state, room, user, from) }));
  const reset = missed.filter((room) => room.events === null).map((room) => room.id);
  const kept = missed.flatMap((room) => (room.events === null ? [] : [{ id: room.id, events: room.events }]));
  reset.push(...giveUpLargest(kept, CHAT_LIMITS.replay - left.length));
  const events = [...left, ...kept.flatMap((room) => room.events)].sort((a, b) => rank(a.id) - rank(b.id));
  return { resumed: true, reset, events };
}

/** None when it is too many, or some are no longer known. Whoever joined meanwhile misses what followed their joining. */
function missedIn(state: ChatState, room: Room, user: string, from: number): ChatEvent[] | null {
  const since = Math.max(from, state.seat(room, user).joined - 1);
  if (room.pruned > since) return null;
  const events = state.log.filter((event) => event.conversation === room.info.id && rank(event.id) > since);
  return events.length <= CHAT_LIMITS.replayPerConversation ? events : null;
}

/** Of a conversation that somebody is no longer in they are told only that. */
function departuresSince(state: ChatState, user: string, from: number): ChatEvent[] {
  const left = new Set([...(state.departures.get(user)?.values() ?? [])].filter((event) => event > from));
  return state.log.filter((event) => left.has(rank(event.id)));
}

/** Drops the conversations with the most events until the rest is few enough; returns which. */
function giveUpLargest(missed: { id: string; events: ChatEvent[] }[], most: number): string[] {
  missed.sort((a, b) => b.events.length - a.events.length);
  const dropped: string[] = [];
  const total = (): number => missed.reduce((sum, room) => sum + room.events.length, 0);
  for (let largest = missed[0]; largest !== undefined && total() > most; largest = missed[0]) {
    dropped.push(largest.id);
    missed.shift();
  }
  return dropped;
}
