// Starting a conversation: one person makes it direct, several make it a group.
import type { User } from "@tutti/client";
import { useTutti } from "@tutti/react";
import { useNavigate } from "@tanstack/react-router";
import { X } from "lucide-react";
import { type FormEvent, useMemo, useState } from "react";
import { useApp } from "../app/context";
import { useAttempt } from "../app/useAttempt";
import { PersonSearch } from "../people/PersonSearch";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";

export function NewConversation({ onClose }: { onClose: () => void }) {
  const client = useTutti();
  const { me } = useApp();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<readonly User[]>([]);
  const [title, setTitle] = useState("");
  const { busy, problem, attempt } = useAttempt();
  const group = chosen.length > 1;
  const chosenIds = useMemo(() => new Set(chosen.map(({ id }) => id)), [chosen]);
  const exclude = useMemo(() => new Set([me.id]), [me.id]);

  function toggle(user: User) {
    setChosen(chosenIds.has(user.id) ? chosen.filter(({ id }) => id !== user.id) : [...chosen, user]);
  }

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    await attempt(async () => {
      const member_ids = chosen.map(({ id }) => id);
      const name = title.trim();
      const conversation = await client.conversations.create(
        group ? { kind: "group", member_ids, ...(name === "" ? {} : { title: name }) } : { kind: "direct", member_ids },
      );
      onClose();
      await navigate({ to: "/c/$conversationId", params: { conversationId: conversation.id }, search: {} });
    });
  }

  return (
    <Dialog open onOpenChange={onClose} title="New conversation">
      {chosen.length > 0 && (
        <ul aria-label="Chosen" className="flex max-h-24 flex-wrap gap-1.5 overflow-y-auto px-4 pb-2">
          {chosen.map((user) => (
            <li key={user.id} className="flex items-center gap-1 rounded-full bg-accent-soft py-0.5 pr-1 pl-2.5 text-sm">
              {user.name ?? user.id}
              <button
                type="button"
                aria-label={`Remove ${user.name ?? user.id}`}
                onClick={() => toggle(user)}
                className="rounded-full p-0.5 hover:bg-pressed"
              >
                <X size={12} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <PersonSearch chosen={chosenIds} exclude={exclude} onToggle={toggle} />
      <form onSubmit={(event) => void onSubmit(event)} className="border-t border-line p-4">
        {group && (
          <label className="mb-3 block">
            <span className="mb-1 block text-sm font-medium">Name of the group</span>
            <span className="field flex h-9 items-center px-2.5">
              <input
                data-testid="group-title"
                value={title}
                maxLength={200}
                onChange={(event) => setTitle(event.target.value)}
                placeholder="Optional"
                className="w-full bg-transparent"
              />
            </span>
          </label>
        )}
        {problem !== null && (
          <p role="alert" className="mb-2 text-sm text-danger">
            {problem}
          </p>
        )}
        <div className="flex items-center justify-end gap-3">
          <p className="flex-1 text-sm text-ink-faint">
            {chosen.length === 0 ? "Choose one person, or several for a group." : group ? `${chosen.length + 1} members` : ""}
          </p>
          <Button kind="primary" type="submit" data-testid="create-conversation" disabled={busy || chosen.length === 0}>
            {group ? "Create group" : "Start conversation"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
