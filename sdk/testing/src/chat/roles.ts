// Who may do what to a conversation, pure. Leaves values and their bounds to `bounds.ts`.

import type { Role } from "@tutti/client";
import { over, Refusal } from "../refusal";
import { CHAT_LIMITS } from "./bounds";
import type { Room } from "./state";

const RANK: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 };
const DIRECT = "a direct conversation has its two members and no title";
const NEEDS_OWNER = "a group needs an owner: make somebody else one first";
const GIVES_ROLES = "only an owner can change roles";

const forbidden = (message: string): Refusal => new Refusal("forbidden", message);
const conflict = (message: string): Refusal => new Refusal("conflict", message);
const owners = (room: Room): number => [...room.seats.values()].filter((seat) => seat.role === "owner").length;

/** Whether the group's title, data or members may be changed by this role. */
export function checkManage(room: Room, role: Role): void {
  if (room.info.kind === "direct") throw conflict(DIRECT);
  if (RANK[role] < RANK.admin) throw forbidden("only an admin can do this");
}

/** Whether the whole group may be deleted by this role. */
export function checkDeleteRoom(room: Room, role: Role): void {
  checkManage(room, "owner");
  if (role !== "owner") throw forbidden("only an owner can delete a conversation");
}

/** Whether a message may be deleted: by its sender, or by who runs the group. */
export function checkDelete(room: Room, own: boolean, role: Role): void {
  const moderates = room.info.kind === "group" && RANK[role] >= RANK.admin;
  if (!own && !moderates) throw forbidden("only the sender or an admin can delete a message");
}

/** What putting a member comes to: they join with a role, get another one, or nothing changes. */
export function decidePut(room: Room, by: Role, present: Role | undefined, wanted: Role | undefined): { add: Role } | { change: Role } | null {
  checkManage(room, by);
  if (present === undefined) return { add: decideAdd(room, by, wanted ?? "member") };
  if (wanted === undefined || wanted === present) return null;
  if (by !== "owner") throw forbidden(GIVES_ROLES);
  if (present === "owner" && owners(room) <= 1) throw conflict(NEEDS_OWNER);
  return { change: wanted };
}

function decideAdd(room: Room, by: Role, role: Role): Role {
  if (by !== "owner" && role !== "member") throw forbidden(GIVES_ROLES);
  if (room.seats.size >= CHAT_LIMITS.members) throw over("user_id", CHAT_LIMITS.members, "members in a group");
  return role;
}

/** Whether a member of this role may leave, or be removed by another. */
export function checkRemove(room: Room, by: Role, own: boolean, role: Role): void {
  if (room.info.kind === "direct") throw conflict(DIRECT);
  if (!own && (RANK[by] < RANK.admin || RANK[role] > RANK[by])) {
    throw forbidden("only an admin can remove members, and only an owner can remove an owner");
  }
  if (role === "owner" && owners(room) <= 1 && room.seats.size > 1) throw conflict(NEEDS_OWNER);
}
