// Which address shows what. The panel beside a conversation is part of the address, so that "back" closes it.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { ConversationPage } from "../chat/ConversationPage";
import { readChannelsSearch, readConnectionsSearch, readFilter } from "../operator/search";
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

// The chat does not wait for what only operators and the curious open.
const playground = createRoute({
  getParentRoute: () => root,
  path: "/playground",
  component: lazyRouteComponent(() => import("../playground/PlaygroundPage"), "PlaygroundPage"),
});
const operatorViews = () => import("../operator/views");
const operator = createRoute({
  getParentRoute: () => root,
  path: "/operator",
  component: lazyRouteComponent(operatorViews, "OperatorLayout"),
});
const operatorPages = [
  createRoute({ getParentRoute: () => operator, path: "/", component: lazyRouteComponent(operatorViews, "OverviewPage") }),
  createRoute({
    getParentRoute: () => operator,
    path: "connections",
    validateSearch: readConnectionsSearch,
    component: lazyRouteComponent(operatorViews, "ConnectionsPage"),
  }),
  createRoute({ getParentRoute: () => operator, path: "users", component: lazyRouteComponent(operatorViews, "UsersPage") }),
  createRoute({ getParentRoute: () => operator, path: "users/$userId", component: lazyRouteComponent(operatorViews, "UserPage") }),
  createRoute({
    getParentRoute: () => operator,
    path: "channels",
    validateSearch: readChannelsSearch,
    component: lazyRouteComponent(operatorViews, "ChannelsPage"),
  }),
  createRoute({ getParentRoute: () => operator, path: "channels/$channel", component: lazyRouteComponent(operatorViews, "ChannelPage") }),
  createRoute({
    getParentRoute: () => operator,
    path: "events",
    validateSearch: readFilter,
    component: lazyRouteComponent(operatorViews, "EventsPage"),
  }),
  createRoute({ getParentRoute: () => operator, path: "metrics", component: lazyRouteComponent(operatorViews, "MetricsPage") }),
] as const;

export function createConsoleRouter() {
  const routeTree = root.addChildren([home, conversation, playground, operator.addChildren(operatorPages)]);
  return createRouter({ routeTree, defaultNotFoundComponent: NotFound });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
