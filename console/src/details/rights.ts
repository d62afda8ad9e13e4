// What the caller may do in a group, as the server will judge it: offered only where it can succeed.
import type { Conversation, Member, Role } from "@tutti/client";

export interface MemberRights {
  remove: boolean;
  /** The roles that this member can be given. */
  roles: readonly Role[];
}

const RANK: Record<Role, number> = { member: 0, admin: 1, owner: 2 };
const ROLES: readonly Role[] = ["member", "admin", "owner"];

export function canManage(info: Conversation): boolean {
  return info.kind === "group" && info.role !== "member";
}

export function rightsOver(info: Conversation, member: Member, members: readonly Member[]): MemberRights {
  if (info.kind !== "group") return { remove: false, roles: [] };
  const lastOwner = member.role === "owner" && members.filter(({ role }) => role === "owner").length <= 1;
  return {
    remove: info.role !== "member" && RANK[member.role] <= RANK[info.role] && !lastOwner,
    roles: info.role === "owner" && !lastOwner ? ROLES.filter((role) => role !== member.role) : [],
  };
}

/** The last owner of others cannot leave before there is another one. */
export function canLeave(info: Conversation, members: readonly Member[]): boolean {
  if (info.kind !== "group") return false;
  const owners = members.filter(({ role }) => role === "owner").length;
  return info.role !== "owner" || owners > 1 || info.member_count === 1;
}
