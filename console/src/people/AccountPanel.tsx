// The reader's own corner: how they appear to others, the theme, and the way out.
import type { Availability } from "@tutti/client";
import { useStore, useTutti } from "@tutti/react";
import { LogOut } from "lucide-react";
import { RadioGroup } from "radix-ui";
import { type FormEvent, useState } from "react";
import { useApp } from "../app/context";
import { useAttempt } from "../app/useAttempt";
import { chooseTheme, type Theme, theme } from "../app/theme";
import { Button } from "../ui/Button";
import { Popover } from "../ui/Popover";
import { Avatar, StatusDot } from "./Avatar";
import { ownWords } from "./statusWords";

const choices: readonly Availability[] = ["online", "away", "busy", "invisible"];

const themes: { theme: Theme; word: string }[] = [
  { theme: "system", word: "System" },
  { theme: "light", word: "Light" },
  { theme: "dark", word: "Dark" },
];

const MAX_TEXT = 140;

export function AccountPanel() {
  const client = useTutti();
  const { me } = useApp();
  const own = useStore(client.presence.own);
  const [open, setOpen] = useState(false);
  const name = me.name ?? me.id;
  const word = ownWords[own.status];
  return (
    <Popover
      label="Your account"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <button
          type="button"
          className="flex min-w-0 flex-1 items-center gap-2.5 rounded-md px-1.5 py-1 text-left hover:bg-hover data-[state=open]:bg-pressed"
        >
          <span className="relative inline-flex">
            <Avatar id={me.id} name={name} size={32} />
            <span className="absolute -right-0.5 -bottom-0.5 inline-flex rounded-full bg-(--dot-ground) p-0.5">
              <StatusDot status={own.status} />
            </span>
          </span>
          <span className="sr-only">Your account:</span>
          <span className="min-w-0">
            <span className="block truncate leading-4.5 font-semibold">{name}</span>
            <span className="block truncate text-xs leading-4 text-ink-faint">{own.text ?? word}</span>
          </span>
        </button>
      }
    >
      <AccountSettings />
    </Popover>
  );
}

function AccountSettings() {
  const client = useTutti();
  const { signOut } = useApp();
  const own = useStore(client.presence.own);
  const shownTheme = useStore(theme);
  const [text, setText] = useState(own.text ?? "");
  const { problem, attempt } = useAttempt();

  const set = (status: Availability, words: string) =>
    attempt(async () => {
      await client.presence.set(status, words.trim() || undefined);
    });

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    void set(own.status, text);
  }

  return (
    <div className="w-68">
      <RadioGroup.Root
        aria-label="How you appear"
        value={own.status}
        onValueChange={(value) => {
          const choice = choices.find((status) => status === value);
          if (choice) void set(choice, own.text ?? "");
        }}
        className="p-1"
      >
        {choices.map((status) => (
          <RadioGroup.Item
            key={status}
            value={status}
            className="flex h-8 w-full items-center gap-2.5 rounded-md px-2 text-left text-sm [--dot-ground:var(--raised)] hover:bg-hover data-[state=checked]:bg-accent-soft"
          >
            <StatusDot status={status} />
            {ownWords[status]}
            {status === "invisible" && <span className="text-xs text-ink-faint">shown as offline</span>}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      <form onSubmit={onSubmit} className="flex gap-2 border-t border-line p-2">
        <label className="field flex h-8 min-w-0 flex-1 items-center px-2.5">
          <span className="sr-only">Status text</span>
          <input
            value={text}
            onChange={(event) => setText(event.target.value)}
            maxLength={MAX_TEXT}
            placeholder="What are you up to?"
            className="w-full bg-transparent text-sm"
          />
        </label>
        <Button type="submit" disabled={text.trim() === (own.text ?? "")}>
          Set
        </Button>
      </form>
      {problem !== null && (
        <p role="alert" className="px-3 pb-2 text-xs text-danger">
          {problem}
        </p>
      )}
      <div className="flex items-center justify-between border-t border-line py-2 pr-2 pl-3 text-sm">
        <span id="theme-label">Theme</span>
        <RadioGroup.Root
          aria-labelledby="theme-label"
          orientation="horizontal"
          value={shownTheme}
          onValueChange={(value) => {
            const choice = themes.find((entry) => entry.theme === value);
            if (choice) chooseTheme(choice.theme);
          }}
          className="flex rounded-md bg-hover p-0.5"
        >
          {themes.map((entry) => (
            <RadioGroup.Item
              key={entry.theme}
              value={entry.theme}
              className="h-6.5 rounded-[5px] px-2 text-xs text-ink-soft data-[state=checked]:bg-surface data-[state=checked]:text-ink data-[state=checked]:shadow-sm"
            >
              {entry.word}
            </RadioGroup.Item>
          ))}
        </RadioGroup.Root>
      </div>
      <div className="border-t border-line p-1">
        <button
          type="button"
          onClick={signOut}
          className="flex h-8 w-full items-center gap-2.5 rounded-md px-2 text-left text-sm hover:bg-hover"
        >
          <LogOut size={15} aria-hidden className="text-ink-soft" />
          Sign out
        </button>
      </div>
    </div>
  );
}
