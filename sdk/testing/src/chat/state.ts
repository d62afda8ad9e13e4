// What chat holds, how things are found in it, and how a change puts its event into the log and hands it on.
// Leaves the changes themselves to the modules beside it.

import type { Clock, ConversationInfo, Message, Role, ServerBody } from "@tutti/client";
import { type Ids, rank } from "../ids";
import { notFound } from "../refusal";

/** What a frame says, without its place. */
export type Body = ServerBody;

/** A member's place in a conversation. */
export interface Seat {
  role: Role;
  /** Milliseconds since 1970. */
  joinedAt: number;
  /** The event by which they joined. */
  joined: number;
  lastReadSeq: number;
}

/** A message without what is put together when it is read: its reactions and its thread. */
export interface Stored {
  message: Message;
  /** The earliest first. */
  reactions: { emoji: string; user: string }[];
  /** The `seq`s of the thread under it. */
  replies: number[];
}

export interface Room {
  info: ConversationInfo;
  createdBy: string;
  createdAt: number;
  updatedAt: number;
  seats: Map<string, Seat>;
  /** By `seq`, which starts at 1. */
  messages: Stored[];
  /** The place of the newest event. */
  offset: number;
  /** The newest event that the log forgot. */
  pruned: number;
}

/** An event, as it is handed on and kept for those who come back. */
export interface ChatEvent {
  id: string;
  conversation: string;
  offset: number;
  /** Made anew each time, because messages are told as they are now. */
  body(): Body;
  /** Who is told. */
  audience: readonly string[];
  /** The connection that has its reply instead. */
  except: string | null;
}

/** What others want to know of what happens in chat. */
export interface ChatHooks {
  happened(event: ChatEvent): void;
  /** A user is no longer in a conversation with these others. */
  left(user: string, others: readonly string[]): void;
}

/** Who does something, and over which connection, if it is one. */
export interface Actor {
  user: string;
  connection: string | null;
}

/** Events that are kept for those who come back. */
export const MOST_EVENTS = 10_000;

export class ChatState {
  readonly rooms = new Map<string, Room>();
  /** Where each message stands. */
  readonly places = new Map<string, { room: Room; seq: number }>();
  /** Messages, and groups, by who made them and under which client id. */
  readonly made = new Map<string, string>();
  /** Direct conversations by their two users. */
  readonly directs = new Map<string, string>();
  /** The event by which each user left each conversation they are no longer in. */
  readonly departures = new Map<string, Map<string, number>>();
  readonly log: ChatEvent[] = [];
  /** The newest event there ever was. */
  latest = "0";

  constructor(readonly clock: Clock, readonly ids: Ids, private readonly hooks: ChatHooks) {}

  /** A conversation, for one of its members. */
  room(user: string, id: string): Room {
    const room = this.rooms.get(id);
    if (room === undefined || !room.seats.has(user)) throw notFound("conversation");
    return room;
  }

  /** A message and its conversation, for one of its members. */
  message(user: string, id: string): { room: Room; stored: Stored } {
    const room = this.places.get(id)?.room;
    const stored = room === undefined ? undefined : this.find(room, id);
    if (room === undefined || stored === undefined || !room.seats.has(user)) throw notFound("message");
    return { room, stored };
  }

  /** A message of a conversation. */
  find(room: Room, id: string): Stored | undefined {
    const place = this.places.get(id);
    return place?.room === room ? room.messages[place.seq - 1] : undefined;
  }

  /** A member's place. */
  seat(room: Room, user: string): Seat {
    const seat = room.seats.get(user);
    if (seat === undefined) throw notFound("member");
    return seat;
  }

  roomsOf(user: string): Room[] {
    return [...this.rooms.values()].filter((room) => room.seats.has(user));
  }

  /** Those of `users` who share a conversation with the viewer, or are the viewer. */
  acquainted(viewer: string, users: readonly string[]): string[] {
    const rooms = this.roomsOf(viewer);
    return users.filter((user) => user === viewer || rooms.some((room) => room.seats.has(user)));
  }

  /** Puts an event into the log and hands it on to the members, or to `audience`. Returns its place. */
  record(room: Room, by: Actor, body: () => Body, audience: readonly string[] = [...room.seats.keys()]): ChatEvent {
    room.offset += 1;
    room.updatedAt = this.clock.now();
    const event = { id: this.ids.next(), conversation: room.info.id, offset: room.offset, body, audience, except: by.connection };
    this.latest = event.id;
    this.log.push(event);
    if (this.log.length > MOST_EVENTS) this.forget(1);
    this.hooks.happened(event);
    return event;
  }

  /** Forgets the oldest events of the log; all of them unless said otherwise. */
  forget(count = this.log.length): void {
    for (const event of this.log.splice(0, count)) {
      const room = this.rooms.get(event.conversation);
      if (room !== undefined) room.pruned = rank(event.id);
    }
  }

  /** Takes a user's seat, which an event says. */
  unseat(room: Room, user: string, event: ChatEvent): void {
    room.seats.delete(user);
    const left = this.departures.get(user) ?? new Map<string, number>();
    this.departures.set(user, left);
    left.set(room.info.id, rank(event.id));
    this.hooks.left(user, [...room.seats.keys()]);
  }

  /** Gives a user a seat, which the next event says. What was said so far counts as read. */
  seatNew(room: Room, user: string, role: Role): Seat {
    const seat = { role, joinedAt: this.clock.now(), joined: rank(this.latest) + 1, lastReadSeq: room.messages.length };
    room.seats.set(user, seat);
    this.departures.get(user)?.delete(room.info.id);
    return seat;
  }
}

/** What lists of conversations are ordered by: the newest message's id, or the conversation's as long as it has none. */
export function standing(room: Room): number {
  return rank(room.messages.at(-1)?.message.id ?? room.info.id);
}
