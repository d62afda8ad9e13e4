// Which address shows what. The panel beside a conversation is part of the address, so that "back" closes it.
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { ConversationPage } from "../chat/ConversationPage";
import { Notice } from "../ui/Notice";
import { Shell } from "./Shell";

export interface Panel {
  /** The first message of the thread that is open beside the conversation. */
  thread?: string;
  /** Whether the conversation's details are open beside it. */
  details?: true;
}

function Welcome() {
  return (
    <Notice icon={<MessagesSquare size={28} strokeWidth={1.5} aria-hidden />} title="No conversation open">
      Choose one from the list, or start a new one.
    </Notice>
  );
}

function NotFound() {
  return <Notice title="There is nothing at this address">Choose a conversation from the list.</Notice>;
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const home = createRoute({ getParentRoute: () => root, path: "/", component: Welcome });
const conversation = createRoute({
  getParentRoute: () => root,
  path: "/c/$conversationId",
  component: ConversationPage,
  validateSearch: (search: Record<string, unknown>): Panel => {
    if (typeof search["thread"] === "string") return { thread: search["thread"] };
    return search["details"] === true ? { details: true } : {};
  },
});

export function createConsoleRouter() {
  return createRouter({ routeTree: root.addChildren([home, conversation]), defaultNotFoundComponent: NotFound });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
