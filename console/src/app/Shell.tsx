// The signed-in frame: the connection bar, the list of conversations, and beside it whatever the address says. On small
// screens one of the two at a time.
import { Outlet, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { ConnectionBar } from "../connection/ConnectionBar";
import { ConversationSidebar } from "../conversations/ConversationSidebar";
import { classes } from "../ui/classes";
import { useApp } from "./context";
import { useStore } from "./useStore";

export function Shell() {
  const { client, people } = useApp();
  const { conversationId } = useParams({ strict: false });
  const { conversations, unread } = useStore(client.conversations);

  useEffect(() => void client.conversations.load(), [client]);

  useEffect(() => {
    people.learn(conversations.flatMap(({ members }) => members.map(({ user_id, name }) => ({ id: user_id, name }))));
  }, [people, conversations]);

  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Tutti` : "Tutti";
  }, [unread]);

  const open = conversationId !== undefined;
  return (
    <div className="flex h-dvh flex-col">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent px-3 py-1.5 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the conversation
      </a>
      <ConnectionBar />
      <div className="flex min-h-0 flex-1">
        <nav
          aria-label="Conversations"
          className={classes(
            "w-full shrink-0 flex-col border-r border-line bg-canvas [--dot-ground:var(--canvas)] md:flex md:w-72 xl:w-80",
            open ? "hidden" : "flex",
          )}
        >
          <ConversationSidebar openId={conversationId ?? null} />
        </nav>
        <main
          id="main"
          tabIndex={-1}
          className={classes(
            "min-w-0 flex-1 outline-none [--dot-ground:var(--surface)] md:flex",
            open ? "flex" : "hidden",
          )}
        >
          <div className="min-w-0 flex-1">
            <Outlet />
          </div>
        </main>
      </div>
    </div>
  );
}
