// What one member may do to another. The server decides in the end; this only hides what it would refuse.

import type { Conversation, Member, Role } from "@tutti/client";
import { describe, expect, it } from "vitest";
import { canLeave, rightsOver } from "./rights";

const member = (user_id: string, role: Role): Member => ({ user_id, name: null, role, joined_at: "", last_read_seq: 0 });
const group = (role: Role, member_count = 3) => ({ kind: "group", role, member_count }) as Conversation;

describe("rightsOver", () => {
  const members = [member("o", "owner"), member("a", "admin"), member("m", "member")];
  const of = (role: Role, index: number) => rightsOver(group(role), members[index] as Member, members);

  it("lets admins remove all but owners, and give no roles", () => {
    expect(of("admin", 0)).toEqual({ remove: false, roles: [] });
    expect(of("admin", 2)).toEqual({ remove: true, roles: [] });
  });

  it("lets owners give roles, but not unmake the last owner", () => {
    expect(of("owner", 2)).toEqual({ remove: true, roles: ["admin", "owner"] });
    expect(of("owner", 0)).toEqual({ remove: false, roles: [] });
  });

  it("gives members nothing", () => {
    expect(of("member", 1)).toEqual({ remove: false, roles: [] });
  });
});

describe("canLeave", () => {
  it("keeps the last owner while there are others", () => {
    const members = [member("o", "owner"), member("m", "member")];
    expect(canLeave(group("owner", 2), members)).toBe(false);
    expect(canLeave(group("member", 2), members)).toBe(true);
    expect(canLeave(group("owner", 1), [member("o", "owner")])).toBe(true);
  });
});
