// Adding people to a group.
import type { Conversation, Member, User } from "@tutti/client";
import { useTutti } from "@tutti/react";
import { useMemo, useState } from "react";
import { useAttempt } from "../app/useAttempt";
import { PersonSearch } from "../people/PersonSearch";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";

export function AddMembers({
  info,
  members,
  onClose,
}: {
  info: Conversation;
  members: readonly Member[];
  onClose: () => void;
}) {
  const client = useTutti();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { busy, problem, attempt } = useAttempt();
  const exclude = useMemo(() => new Set(members.map(({ user_id }) => user_id)), [members]);

  function toggle({ id }: User) {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  }

  const add = () =>
    attempt(async () => {
      for (const user_id of chosen) await client.api.addMember(info.id, { user_id });
      onClose();
    });

  return (
    <Dialog open onOpenChange={onClose} title="Add people">
      <PersonSearch chosen={chosen} exclude={exclude} onToggle={toggle} />
      <div className="flex items-center justify-end gap-3 border-t border-line p-4">
        {problem !== null && (
          <p role="alert" className="flex-1 text-sm text-danger">
            {problem}
          </p>
        )}
        <Button kind="primary" data-testid="add-members" disabled={busy || chosen.size === 0} onClick={() => void add()}>
          {chosen.size > 1 ? `Add ${chosen.size} people` : "Add"}
        </Button>
      </div>
    </Dialog>
  );
}
