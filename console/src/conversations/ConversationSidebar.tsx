// The left side: the reader's own corner, search, and the list of conversations with its keyboard.
import { useConversations, useFollow } from "@tutti/react";
import { SquarePen, Search, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useApp } from "../app/context";
import { AccountPanel } from "../people/AccountPanel";
import { useNames } from "../people/useNames";
import { Button, IconButton } from "../ui/Button";
import { Failure, Notice, Skeleton } from "../ui/Notice";
import { ConversationItem } from "./ConversationItem";
import { peerOf, titleOf } from "./describe";
import { NewConversation } from "./NewConversation";

export function ConversationSidebar({ openId }: { openId: string | null }) {
  const { me } = useApp();
  const list = useConversations();
  const nameOf = useNames();
  const [query, setQuery] = useState("");
  const [creating, setCreating] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const items = useRef<HTMLUListElement>(null);

  const peers = list.conversations.map((conversation) => peerOf(conversation, me.id)).filter((id) => id !== null);
  useFollow(peers);

  const shown = useMemo(() => {
    const wanted = query.trim().toLocaleLowerCase();
    if (wanted === "") return list.conversations;
    return list.conversations.filter((conversation) =>
      titleOf(conversation, me.id, nameOf).toLocaleLowerCase().includes(wanted),
    );
  }, [list.conversations, query, me.id, nameOf]);

  useEffect(() => {
    function onKeyDown(event: globalThis.KeyboardEvent) {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      search.current?.focus();
      search.current?.select();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);

  function links(): HTMLElement[] {
    return [...(items.current?.querySelectorAll<HTMLElement>("a") ?? [])];
  }

  function onListKeyDown(event: KeyboardEvent) {
    const all = links();
    const at = all.findIndex((link) => link === document.activeElement);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to < 0) search.current?.focus();
    else all[to]?.focus();
  }

  function onSearchKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") setQuery("");
    else if (event.key === "ArrowDown") links()[0]?.focus();
    else if (event.key === "Enter" && query !== "") links()[0]?.click();
    else return;
    event.preventDefault();
  }

  // One stop for the Tab key: the open conversation, else the first.
  const stop = shown.some(({ id }) => id === openId) ? openId : (shown[0]?.id ?? null);

  return (
    <>
      <header className="flex h-14 shrink-0 items-center gap-1 px-2">
        <AccountPanel />
        <IconButton label="New conversation" data-testid="new-conversation" onClick={() => setCreating(true)}>
          <SquarePen size={17} aria-hidden />
        </IconButton>
      </header>
      <div className="px-3 pb-2">
        <label className="field flex h-8 items-center gap-2 px-2.5">
          <Search size={14} aria-hidden className="shrink-0 text-ink-faint" />
          <span className="sr-only">Search conversations</span>
          <input
            ref={search}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={onSearchKeyDown}
            placeholder="Search"
            autoComplete="off"
            aria-keyshortcuts="Control+K Meta+K"
            className="peer min-w-0 flex-1 bg-transparent text-sm"
          />
          {query === "" ? (
            <kbd aria-hidden className="font-sans text-2xs text-ink-faint peer-focus:hidden max-md:hidden">
              {/Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘K" : "Ctrl K"}
            </kbd>
          ) : (
            <button type="button" aria-label="Clear search" onClick={() => setQuery("")} className="rounded text-ink-faint">
              <X size={14} aria-hidden />
            </button>
          )}
        </label>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        {(list.status === "idle" || list.status === "loading") && list.conversations.length === 0 && (
          <Skeleton rows={7} avatar={36} label="Loading conversations" />
        )}
        {list.status === "error" && list.conversations.length === 0 && (
          <Failure
            title="The conversations could not be loaded"
            text={list.error?.userMessage ?? ""}
            onRetry={() => void list.load()}
          />
        )}
        {list.status === "ready" && list.conversations.length === 0 && (
          <Notice title="No conversations yet">
            <p>Find someone and say hello.</p>
            <Button kind="primary" className="mt-3" onClick={() => setCreating(true)}>
              New conversation
            </Button>
          </Notice>
        )}
        {list.conversations.length > 0 && shown.length === 0 && (
          <p role="status" className="px-2 py-6 text-center text-sm text-ink-soft">
            No conversation is called “{query}”.
          </p>
        )}
        <ul ref={items} onKeyDown={onListKeyDown} aria-label="Conversations">
          {shown.map((conversation) => (
            <ConversationItem
              key={conversation.id}
              conversation={conversation}
              open={conversation.id === openId}
              tabStop={conversation.id === stop}
            />
          ))}
        </ul>
        {list.hasMore && query === "" && (
          <Button kind="plain" className="mt-2 w-full" onClick={() => void list.loadMore()}>
            Show older conversations
          </Button>
        )}
      </div>
      {creating && <NewConversation onClose={() => setCreating(false)} />}
    </>
  );
}
