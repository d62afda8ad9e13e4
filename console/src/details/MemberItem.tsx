// One member in the details: how they are, what they may do, and what can be done about that.
import type { Conversation, Member, Role } from "@tutti/client";
import { usePresence, useStore, useTutti } from "@tutti/react";
import { useNavigate } from "@tanstack/react-router";
import { MessageSquare, MoreHorizontal, ShieldCheck, UserMinus } from "lucide-react";
import { useApp } from "../app/context";
import { Avatar, AvatarWithPresence } from "../people/Avatar";
import type { NameOf } from "../people/useNames";
import { ownWords, statusWords } from "../people/statusWords";
import { IconButton } from "../ui/Button";
import { Menu, MenuItem, MenuSeparator } from "../ui/Menu";
import { rightsOver } from "./rights";

const roleWords: Record<Role, string> = { member: "Member", admin: "Admin", owner: "Owner" };

export function MemberItem({
  info,
  member,
  members,
  nameOf,
  followed,
  onDo,
}: {
  info: Conversation;
  member: Member;
  members: readonly Member[];
  nameOf: NameOf;
  /** Whether how they are is shown. */
  followed: boolean;
  onDo: (what: () => Promise<unknown>) => void;
}) {
  const client = useTutti();
  const { me } = useApp();
  const navigate = useNavigate();
  const ownPresence = useStore(client.presence.own);
  const rights = rightsOver(info, member, members);
  const name = nameOf(member.user_id);
  const self = member.user_id === me.id;
  const shown = followed && !self;
  const presence = usePresence(shown ? member.user_id : null);
  const words = shown ? (presence?.text ?? statusWords[presence?.status ?? "offline"]) : "";

  async function write() {
    const { id } = await client.conversations.create({ kind: "direct", member_ids: [member.user_id] });
    await navigate({ to: "/c/$conversationId", params: { conversationId: id }, search: {} });
  }

  return (
    <li className="flex h-11 items-center gap-3 rounded-md pr-1 pl-2 hover:bg-hover" data-testid="member">
      {shown ? (
        <AvatarWithPresence id={member.user_id} name={name} size={28} />
      ) : (
        <Avatar id={member.user_id} name={name} size={28} />
      )}
      <span className="min-w-0 flex-1">
        <span className="block truncate leading-4.5">
          {name}
          {self && <span className="text-ink-faint"> (you)</span>}
        </span>
        <span className="block truncate text-xs leading-4 text-ink-faint">
          {self ? (ownPresence.text ?? ownWords[ownPresence.status]) : words}
        </span>
      </span>
      {member.role !== "member" && <span className="text-xs text-ink-soft">{roleWords[member.role]}</span>}
      {self && info.kind === "group" && <span className="w-7 pointer-coarse:w-9" />}
      {!self && info.kind === "group" && (
        <Menu
          trigger={
            <IconButton label={`More about ${name}`} size="small">
              <MoreHorizontal size={15} aria-hidden />
            </IconButton>
          }
        >
          <MenuItem icon={<MessageSquare size={15} aria-hidden />} onSelect={() => onDo(write)}>
            Write to {name}
          </MenuItem>
          {rights.roles.map((role) => (
            <MenuItem
              key={role}
              icon={<ShieldCheck size={15} aria-hidden />}
              onSelect={() => onDo(() => client.api.addMember(info.id, { user_id: member.user_id, role }))}
            >
              Make {role}
            </MenuItem>
          ))}
          {rights.remove && (
            <>
              <MenuSeparator />
              <MenuItem
                danger
                icon={<UserMinus size={15} aria-hidden />}
                onSelect={() => onDo(() => client.api.removeMember(info.id, member.user_id))}
              >
                Remove from the group
              </MenuItem>
            </>
          )}
        </Menu>
      )}
    </li>
  );
}
