// Finding people by name and choosing some of them. What happens with the choice is the caller's business.
import type { User } from "@tutti/client";
import { useTutti } from "@tutti/react";
import { Check, Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { useApp } from "../app/context";
import { problemText } from "../app/problem";
import { classes } from "../ui/classes";
import { Avatar } from "./Avatar";

type Found = { state: "loading" | "ready"; users: User[] } | { state: "failed"; text: string };

export function PersonSearch({
  chosen,
  exclude,
  onToggle,
}: {
  chosen: ReadonlySet<string>;
  exclude: ReadonlySet<string>;
  onToggle: (user: User) => void;
}) {
  const client = useTutti();
  const { people } = useApp();
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<Found>({ state: "loading", users: [] });
  const [active, setActive] = useState(0);
  const listId = useId();

  useEffect(() => {
    let current = true;
    const timer = window.setTimeout(
      () => {
        client.api.users(query.trim() || undefined).then(
          (users) => {
            if (!current) return;
            people.learn(users);
            setFound({ state: "ready", users });
            setActive(0);
          },
          (error: unknown) => {
            if (current) setFound({ state: "failed", text: problemText(error) });
          },
        );
      },
      query === "" ? 0 : 150,
    );
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [client, people, query]);

  const users = found.state === "failed" ? [] : found.users.filter((user) => !exclude.has(user.id));
  const optionId = (index: number) => `${listId}-${index}`;

  function onKeyDown(event: KeyboardEvent) {
    const user = users[active];
    if (event.key === "ArrowDown") setActive(Math.min(active + 1, users.length - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(active - 1, 0));
    else if (event.key === "Enter" && user) onToggle(user);
    else return;
    event.preventDefault();
  }

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="px-4 pb-2">
        <label className="field flex h-9 items-center gap-2 px-2.5">
          <Search size={15} aria-hidden className="text-ink-faint" />
          <span className="sr-only">Find people</span>
          <input
            data-testid="person-search"
            role="combobox"
            aria-expanded
            aria-controls={listId}
            aria-activedescendant={users.length > 0 ? optionId(active) : undefined}
            autoFocus
            autoComplete="off"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={onKeyDown}
            placeholder="Find people by name"
            className="min-w-0 flex-1 bg-transparent"
          />
        </label>
      </div>
      <div
        id={listId}
        role="listbox"
        aria-label="People"
        aria-multiselectable
        className="h-64 min-h-24 flex-shrink overflow-y-auto px-2 pb-2"
      >
        {users.map((user, index) => (
          <div
            key={user.id}
            id={optionId(index)}
            role="option"
            data-testid="person-option"
            aria-selected={chosen.has(user.id)}
            onClick={() => onToggle(user)}
            onMouseMove={() => setActive(index)}
            className={classes("flex h-11 items-center gap-3 rounded-md px-2", index === active && "bg-hover")}
          >
            <Avatar id={user.id} name={user.name ?? user.id} size={28} />
            <span className="min-w-0 flex-1">
              <span className="block truncate leading-4.5">{user.name ?? user.id}</span>
              {user.name !== null && <span className="block truncate text-xs leading-4 text-ink-faint">{user.id}</span>}
            </span>
            <span
              aria-hidden
              className={classes(
                "flex size-4.5 items-center justify-center rounded-full border",
                chosen.has(user.id) ? "border-accent bg-accent text-accent-ink" : "border-line-strong",
              )}
            >
              {chosen.has(user.id) && <Check size={12} strokeWidth={3} />}
            </span>
          </div>
        ))}
        {users.length === 0 && (
          <p role="status" className="px-2 py-8 text-center text-sm text-ink-soft">
            {found.state === "failed"
              ? found.text
              : found.state === "loading"
                ? "Looking…"
                : query === ""
                  ? "Nobody else has signed in yet. People appear here once they have."
                  : `Nobody’s name starts with “${query}”.`}
          </p>
        )}
      </div>
    </div>
  );
}
