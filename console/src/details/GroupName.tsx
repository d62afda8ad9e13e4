// The name of a group, changed where it stands.
import type { Conversation } from "@tutti/client";
import { useTutti } from "@tutti/react";
import { Pencil } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useAttempt } from "../app/useAttempt";
import { Button, IconButton } from "../ui/Button";

export function GroupName({ info, title, editable }: { info: Conversation; title: string; editable: boolean }) {
  const client = useTutti();
  const [text, setText] = useState<string | null>(null);
  const { problem, attempt } = useAttempt();

  async function onSubmit(event: FormEvent) {
    event.preventDefault();
    const next = (text ?? "").trim();
    if (next === "") return;
    await attempt(async () => {
      if (next !== info.title) await client.api.updateConversation(info.id, { title: next });
      setText(null);
    });
  }

  if (text === null) {
    return (
      <div className="flex min-w-0 items-center gap-1">
        <p className="truncate text-lg font-semibold">{title}</p>
        {editable && (
          <IconButton label="Rename" size="small" onClick={() => setText(info.title ?? "")}>
            <Pencil size={14} aria-hidden />
          </IconButton>
        )}
      </div>
    );
  }
  return (
    <form onSubmit={(event) => void onSubmit(event)} className="min-w-0 flex-1">
      <div className="flex gap-1.5">
        <label className="field flex h-8 min-w-0 flex-1 items-center px-2.5">
          <span className="sr-only">Name of the group</span>
          <input
            autoFocus
            value={text}
            maxLength={200}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") setText(null);
            }}
            className="w-full bg-transparent"
          />
        </label>
        <Button type="submit" kind="primary" disabled={text.trim() === ""}>
          Save
        </Button>
      </div>
      {problem !== null && (
        <p role="alert" className="mt-1 text-xs text-danger">
          {problem}
        </p>
      )}
    </form>
  );
}
