// A person or a group as a small picture made of letters; a person's carries the dot that says how they are.
import type { Availability, Status } from "@tutti/client";
import { usePresence } from "@tutti/react";
import { Users } from "lucide-react";
import { useMemo } from "react";
import { classes } from "../ui/classes";
import { statusWords } from "./statusWords";

function initials(name: string): string {
  const words = name.trim().split(/[\s._-]+/u).filter(Boolean);
  const first = [...(words[0] ?? "?")][0] ?? "?";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return (first + last).toUpperCase();
}

/** A quiet tint that stays the same for the same id: enough to tell two people apart, too little to shout. */
function hueOf(id: string): number {
  let hash = 7;
  for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 3600;
  return hash / 10;
}

export function Avatar({ id, name, size = 32 }: { id: string; name: string; size?: number }) {
  const style = useMemo(
    () => ({
      width: size,
      height: size,
      fontSize: Math.round(size * 0.38),
      background: `light-dark(oklch(0.9 0.035 ${hueOf(id)}), oklch(0.36 0.04 ${hueOf(id)}))`,
      color: `light-dark(oklch(0.36 0.06 ${hueOf(id)}), oklch(0.9 0.03 ${hueOf(id)}))`,
    }),
    [id, size],
  );
  return (
    <span
      aria-hidden
      style={style}
      className="inline-flex shrink-0 items-center justify-center rounded-full font-semibold tracking-tight select-none"
    >
      {initials(name)}
    </span>
  );
}

export function GroupAvatar({ size = 32 }: { size?: number }) {
  return (
    <span
      aria-hidden
      style={{ width: size, height: size }}
      className="inline-flex shrink-0 items-center justify-center rounded-[28%] bg-pressed text-ink-soft"
    >
      <Users size={Math.round(size * 0.48)} />
    </span>
  );
}

const dots: Record<Status | Availability, string> = {
  online: "bg-online",
  away: "bg-away",
  busy: "bg-busy",
  offline: "border-2 border-ink-faint bg-(--dot-ground)",
  invisible: "border-2 border-ink-faint bg-(--dot-ground)",
};

export function StatusDot({ status, className }: { status: Status | Availability; className?: string }) {
  return <span aria-hidden className={classes("inline-block size-2.5 shrink-0 rounded-full", dots[status], className)} />;
}

/** An avatar with the presence dot of somebody. */
export function AvatarWithPresence({ id, name, size = 32 }: { id: string; name: string; size?: number }) {
  const presence = usePresence(id);
  const status = presence?.status ?? "offline";
  return (
    <span className="relative inline-flex shrink-0">
      <Avatar id={id} name={name} size={size} />
      <span className="absolute -right-0.5 -bottom-0.5 inline-flex rounded-full bg-(--dot-ground) p-0.5">
        <StatusDot status={status} />
      </span>
      <span className="sr-only">{statusWords[status]}</span>
    </span>
  );
}
