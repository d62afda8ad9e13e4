// Reactions: the chips under a message, and the picker that adds one.
import type { ConversationHandle, MessageView } from "@tutti/client";
import { SmilePlus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useApp } from "../app/context";
import { listNames, type NameOf } from "../people/useNames";
import { Button, IconButton } from "../ui/Button";
import { classes } from "../ui/classes";
import { Popover } from "../ui/Popover";

const QUICK = ["👍", "❤️", "😂", "🎉", "👀", "✅"];
const MAX_BYTES = 64;

export type ToggleReaction = (message: MessageView, emoji: string) => void;

export function toggleReaction(handle: ConversationHandle, message: MessageView, emoji: string, me: string): Promise<void> {
  const own = message.reactions.some((reaction) => reaction.emoji === emoji && reaction.user_ids.includes(me));
  return own ? handle.unreact(message.id, emoji) : handle.react(message.id, emoji);
}

export function Reactions({
  message,
  nameOf,
  tabIndex,
  onToggle,
}: {
  message: MessageView;
  nameOf: NameOf;
  tabIndex: number;
  onToggle: ToggleReaction;
}) {
  const { me } = useApp();
  if (message.reactions.length === 0) return null;
  return (
    <ul aria-label="Reactions" className="mt-1 flex flex-wrap gap-1">
      {message.reactions.map(({ emoji, count, user_ids }) => {
        const own = user_ids.includes(me.id);
        const who = listNames(user_ids.map((id) => (id === me.id ? "You" : nameOf(id))), 5);
        return (
          <li key={emoji}>
            <button
              type="button"
              tabIndex={tabIndex}
              aria-pressed={own}
              aria-label={`${emoji}, ${count}: ${who}`}
              title={who}
              onClick={() => onToggle(message, emoji)}
              className={classes(
                "flex h-6 max-w-40 items-center gap-1 rounded-full border px-2 text-xs tabular-nums",
                own ? "border-accent bg-accent-soft text-accent" : "border-line text-ink-soft hover:border-line-strong hover:bg-hover",
              )}
            >
              <span className="truncate">{emoji}</span>
              <span className="font-medium">{count}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

export function ReactionPicker({
  tabIndex,
  open,
  onOpenChange,
  onPick,
}: {
  tabIndex: number;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onPick: (emoji: string) => void;
}) {
  const [text, setText] = useState("");

  function pick(emoji: string) {
    onPick(emoji);
    setText("");
    onOpenChange(false);
  }

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    const emoji = text.trim();
    if (emoji !== "" && new TextEncoder().encode(emoji).length <= MAX_BYTES) pick(emoji);
  }

  return (
    <Popover
      label="Add a reaction"
      open={open}
      onOpenChange={onOpenChange}
      align="end"
      side="top"
      trigger={
        <IconButton label="Add a reaction" tabIndex={tabIndex} size="small">
          <SmilePlus size={15} aria-hidden />
        </IconButton>
      }
    >
      <div className="flex gap-0.5 p-1.5 pb-0">
        {QUICK.map((emoji) => (
          <button
            key={emoji}
            type="button"
            aria-label={`React with ${emoji}`}
            onClick={() => pick(emoji)}
            className="size-9 rounded-md text-lg hover:bg-pressed"
          >
            {emoji}
          </button>
        ))}
      </div>
      <form onSubmit={onSubmit} className="flex gap-1.5 p-2">
        <label className="field flex h-8 min-w-0 flex-1 items-center px-2">
          <span className="sr-only">Another emoji or short text</span>
          <input
            value={text}
            onChange={(event) => setText(event.target.value)}
            maxLength={32}
            placeholder="Another emoji"
            autoComplete="off"
            className="w-28 flex-1 bg-transparent text-sm"
          />
        </label>
        <Button type="submit" disabled={text.trim() === ""}>
          Add
        </Button>
      </form>
    </Popover>
  );
}
