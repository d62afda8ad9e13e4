// Conversations and their members. Leaves messages to `messages.ts`.

import type { ConversationInfo, ConversationPatch, Member, NewConversation, NewMember, Role } from "@tutti/client";
import { invalid, over, Refusal } from "../refusal";
import { CHAT_LIMITS, checkClientId, checkMetadata, checkTitle } from "./bounds";
import { checkDeleteRoom, checkManage, checkRemove, decidePut } from "./roles";
import { type Actor, type ChatState, type Room } from "./state";
import { viewMember } from "./views";

/** Creates a conversation, unless the same was created before; a direct one that exists is given as it is. */
export function create(state: ChatState, by: Actor, body: NewConversation, clientId: string | null): Room {
  return body.kind === "direct" ? createDirect(state, by, body.member_ids) : createGroup(state, by, body, clientId);
}

function createDirect(state: ChatState, by: Actor, members: readonly string[]): Room {
  const [other, ...more] = members;
  if (other === undefined || more.length > 0) throw invalid("member_ids", "a direct conversation is with one other user");
  if (other === by.user) throw invalid("member_ids", "a conversation needs somebody else");
  return openDirect(state, by, other);
}

function createGroup(state: ChatState, by: Actor, body: NewConversation, clientId: string | null): Room {
  const others = [...new Set(body.member_ids)].filter((user) => user !== by.user).sort();
  checkTitle(body.title);
  checkClientId(clientId ?? undefined);
  checkMetadata(body.metadata);
  if (others.length >= CHAT_LIMITS.members) throw over("member_ids", CHAT_LIMITS.members - 1, "others");
  const key = JSON.stringify(["group", by.user, clientId]);
  const before = clientId === null ? undefined : state.rooms.get(state.made.get(key) ?? "");
  if (before !== undefined) return before;
  const seats: [string, Role][] = [[by.user, "owner"], ...others.map((user): [string, Role] => [user, "member"])];
  const room = open(state, by, { kind: "group", title: body.title ?? null, metadata: body.metadata ?? {} }, seats);
  if (clientId !== null) state.made.set(key, room.info.id);
  return room;
}

/** The direct conversation of two users, made if there is none. */
export function openDirect(state: ChatState, by: Actor, other: string): Room {
  const existing = directOf(state, by.user, other);
  if (existing !== undefined) return existing;
  const room = open(state, by, { kind: "direct", title: null, metadata: {} }, [[by.user, "member"], [other, "member"]]);
  state.directs.set(pairOf(by.user, other), room.info.id);
  return room;
}

/** The direct conversation of two users, if there is one. */
export function directOf(state: ChatState, user: string, other: string): Room | undefined {
  return state.rooms.get(state.directs.get(pairOf(user, other)) ?? "");
}

/** Two users in an order that does not depend on who asks. */
function pairOf(user: string, other: string): string {
  return JSON.stringify([user, other].sort());
}

function open(state: ChatState, by: Actor, info: Omit<ConversationInfo, "id">, seats: readonly [string, Role][]): Room {
  for (const [user] of seats) checkSpace(state, user);
  const now = state.clock.now();
  const conversation: ConversationInfo = { id: state.ids.next(), ...info };
  const room: Room = {
    info: conversation, createdBy: by.user, createdAt: now, updatedAt: now, seats: new Map(), messages: [], offset: 0, pruned: 0,
  };
  state.rooms.set(room.info.id, room);
  for (const [user, role] of seats) state.seatNew(room, user, role);
  state.record(room, by, () => ({ type: "conversation_created", conversation }));
  return room;
}

function checkSpace(state: ChatState, user: string): void {
  if (state.roomsOf(user).length >= CHAT_LIMITS.conversations) throw new Refusal("conflict", "a user can be in no more conversations");
}

/** Changes title or metadata. */
export function update(state: ChatState, by: Actor, id: string, patch: ConversationPatch): Room {
  checkTitle(patch.title);
  checkMetadata(patch.metadata);
  const room = state.room(by.user, id);
  checkManage(room, state.seat(room, by.user).role);
  const info = { ...room.info, ...patch };
  room.info = info;
  state.record(room, by, () => ({ type: "conversation_updated", conversation: info }));
  return room;
}

/** Deletes a group for everybody. */
export function deleteRoom(state: ChatState, by: Actor, id: string): void {
  const room = state.room(by.user, id);
  checkDeleteRoom(room, state.seat(room, by.user).role);
  const event = state.record(room, by, () => ({ type: "conversation_deleted", conversation_id: id }));
  for (const user of [...room.seats.keys()]) state.unseat(room, user, event);
}

/** Adds a member, or gives one another role. */
export function putMember(state: ChatState, by: Actor, id: string, { user_id, role }: NewMember): Member {
  const room = state.room(by.user, id);
  const decided = decidePut(room, state.seat(room, by.user).role, room.seats.get(user_id)?.role, role);
  if (decided !== null && "add" in decided) {
    checkSpace(state, user_id);
    state.seatNew(room, user_id, decided.add);
  } else if (decided !== null) {
    state.seat(room, user_id).role = decided.change;
  }
  const member = viewMember(user_id, state.seat(room, user_id), null);
  if (decided !== null) state.record(room, by, () => ({ type: "add" in decided ? "member_added" : "member_updated", conversation_id: id, member }));
  return member;
}

/** Removes a member, or lets the caller leave; the last one takes the group along. */
export function removeMember(state: ChatState, by: Actor, id: string, user: string): void {
  const room = state.room(by.user, id);
  const seat = state.seat(room, user);
  checkRemove(room, state.seat(room, by.user).role, by.user === user, seat.role);
  const event = state.record(room, by, () => ({ type: "member_removed", conversation_id: id, user_id: user }));
  state.unseat(room, user, event);
  if (room.seats.size === 0) state.record(room, by, () => ({ type: "conversation_deleted", conversation_id: id }));
}
