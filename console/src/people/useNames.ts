// Looking up names from a component. Who is never known by name is shown by id.
import { useStore } from "@tutti/react";
import { useMemo } from "react";
import { useApp } from "../app/context";

export type NameOf = (userId: string) => string;

export function useNames(): NameOf {
  const names = useStore(useApp().people);
  return useMemo(() => (userId: string) => names.get(userId) ?? userId, [names]);
}

/** "Ada", "Ada and Grace", "Ada, Grace and 3 others". */
export function listNames(names: readonly string[], most = 3): string {
  if (names.length <= 1) return names[0] ?? "";
  const shown = names.length <= most ? names : names.slice(0, most - 1);
  const others = names.length - shown.length;
  if (others > 0) return `${shown.join(", ")} and ${others} others`;
  return `${shown.slice(0, -1).join(", ")} and ${shown.at(-1) ?? ""}`;
}
