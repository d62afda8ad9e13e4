// A conversation's details beside it: its name, who is in it, and the ways out. What the caller may do is said in rights.ts.
import type { Conversation, Member } from "@tutti/client";
import { useTutti } from "@tutti/react";
import { useNavigate } from "@tanstack/react-router";
import { LogOut, Trash2, UserPlus, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useApp } from "../app/context";
import { problemText } from "../app/problem";
import { titleOf } from "../conversations/describe";
import { useNames } from "../people/useNames";
import { Button, IconButton } from "../ui/Button";
import { Confirm } from "../ui/Confirm";
import { fullTime } from "../ui/time";
import { AddMembers } from "./AddMembers";
import { GroupName } from "./GroupName";
import { MemberItem } from "./MemberItem";
import { canLeave, canManage } from "./rights";

type Open = "nothing" | "add" | "leave" | "delete";

/** Of a large group, only so many are watched: nobody looks at more dots than that. */
const MOST_FOLLOWED = 100;

export function DetailsPanel({
  info,
  members,
  onClose,
}: {
  info: Conversation;
  members: readonly Member[];
  onClose: () => void;
}) {
  const client = useTutti();
  const { me } = useApp();
  const navigate = useNavigate();
  const nameOf = useNames();
  const [open, setOpen] = useState<Open>("nothing");
  const [problem, setProblem] = useState<string | null>(null);
  const title = titleOf(info, me.id, nameOf);
  const group = info.kind === "group";
  const close = () => setOpen("nothing");

  function attempt(what: () => Promise<unknown>) {
    setProblem(null);
    what().catch((error: unknown) => setProblem(problemText(error)));
  }

  async function goAfter(what: Promise<void>) {
    await what;
    await navigate({ to: "/" });
  }

  return (
    <>
      <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line pr-2 pl-4">
        <h2 className="flex-1 font-semibold">Details</h2>
        <IconButton label="Close the details" onClick={onClose}>
          <X size={17} aria-hidden />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-4">
        <GroupName info={info} title={title} editable={canManage(info)} />
        <p className="mt-0.5 text-xs text-ink-faint">Since {fullTime(info.created_at)}</p>
        {problem !== null && (
          <p role="alert" className="mt-3 text-sm text-danger">
            {problem}
          </p>
        )}
        <div className="mt-5 mb-1 flex h-8 items-center justify-between">
          <h3 className="text-xs font-medium text-ink-soft">{group ? `Members (${info.member_count})` : "People"}</h3>
          {canManage(info) && (
            <Button kind="plain" size="small" className="-mr-2" onClick={() => setOpen("add")}>
              <UserPlus size={15} aria-hidden />
              Add people
            </Button>
          )}
        </div>
        <ul className="-mx-2">
          {members.map((member, index) => (
            <MemberItem
              key={member.user_id}
              info={info}
              member={member}
              members={members}
              nameOf={nameOf}
              followed={index < MOST_FOLLOWED}
              onDo={attempt}
            />
          ))}
        </ul>
        {group && (
          <div className="mt-5 -mx-2 border-t border-line pt-3">
            <Way
              icon={<LogOut size={15} aria-hidden />}
              words="Leave the group"
              disabled={!canLeave(info, members)}
              hint={canLeave(info, members) ? null : "A group needs an owner: make somebody else one first."}
              onClick={() => setOpen("leave")}
            />
            {info.role === "owner" && (
              <Way
                icon={<Trash2 size={15} aria-hidden />}
                words="Delete the group"
                disabled={false}
                hint={null}
                onClick={() => setOpen("delete")}
              />
            )}
          </div>
        )}
      </div>
      {open === "add" && <AddMembers info={info} members={members} onClose={close} />}
      <Confirm
        open={open === "leave"}
        onOpenChange={close}
        title={`Leave ${title}?`}
        description="You will no longer see its messages. Somebody who manages the group can add you again."
        action="Leave"
        onConfirm={() => goAfter(client.api.removeMember(info.id, me.id))}
      />
      <Confirm
        open={open === "delete"}
        onOpenChange={close}
        title={`Delete ${title}?`}
        description="The group and all its messages are deleted for everybody. This cannot be undone."
        action="Delete"
        onConfirm={() => goAfter(client.api.deleteConversation(info.id))}
      />
    </>
  );
}

function Way({
  icon,
  words,
  hint,
  disabled,
  onClick,
}: {
  icon: ReactNode;
  words: string;
  hint: string | null;
  disabled: boolean;
  onClick: () => void;
}) {
  return (
    <>
      <button
        type="button"
        disabled={disabled}
        onClick={onClick}
        className="flex h-9 w-full items-center gap-2.5 rounded-md px-2 text-left text-sm text-danger enabled:hover:bg-hover disabled:opacity-50"
      >
        {icon}
        {words}
      </button>
      {hint !== null && <p className="px-2 pb-1 text-xs text-ink-faint">{hint}</p>}
    </>
  );
}
