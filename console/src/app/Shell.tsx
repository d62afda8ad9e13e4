// The signed-in frame: the connection bar, the sections, and whatever the address says; beside a conversation the list of
// them. On small screens one of the two at a time.
import { useConversations } from "@tutti/react";
import { Outlet, useLocation, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { ConnectionBar } from "../connection/ConnectionBar";
import { ConversationSidebar } from "../conversations/ConversationSidebar";
import { classes } from "../ui/classes";
import { useApp } from "./context";
import { Sections, sectionOf } from "./Sections";

export function Shell() {
  const { people } = useApp();
  const { conversationId } = useParams({ strict: false });
  const { conversations, unread } = useConversations();

  useEffect(() => {
    people.learn(conversations.flatMap(({ members }) => members.map(({ user_id, name }) => ({ id: user_id, name }))));
  }, [people, conversations]);

  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Tutti` : "Tutti";
  }, [unread]);

  const chatting = useLocation({ select: ({ pathname }) => sectionOf(pathname) === "/" });
  const open = conversationId !== undefined || !chatting;
  return (
    <div className="flex h-dvh flex-col">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent px-3 py-1.5 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the {chatting ? "conversation" : "page"}
      </a>
      <ConnectionBar />
      <div className="flex min-h-0 flex-1 max-md:flex-col">
        <Sections className={classes("max-md:order-last", conversationId !== undefined && "max-md:hidden")} />
        {chatting && (
          <nav
            aria-label="Conversations"
            className={classes(
              "min-h-0 w-full flex-col border-r border-line bg-canvas [--dot-ground:var(--canvas)] max-md:flex-1 md:flex md:w-72 md:shrink-0 xl:w-80",
              open ? "hidden" : "flex",
            )}
          >
            <ConversationSidebar openId={conversationId ?? null} />
          </nav>
        )}
        <main
          id="main"
          tabIndex={-1}
          className={classes(
            "min-h-0 min-w-0 flex-1 outline-none [--dot-ground:var(--surface)] md:flex",
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
