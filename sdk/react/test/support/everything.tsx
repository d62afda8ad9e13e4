// Every hook in one component, in one line of text: for what is rendered on a server and taken over in a browser.

import { useChannel, useConnection, useConversation, useConversations, usePresence, useStore, useTutti, useTyping, useUnread } from "../../src/index";

export function Everything() {
  const { state, user } = useConnection();
  const room = useConversation("room");
  const { conversations } = useConversations();
  const unread = useUnread();
  const { typing } = useTyping("room");
  const bob = usePresence("bob");
  const { size } = usePresence(["bob", "carol"]);
  const channel = useChannel("public:game");
  const own = useStore(useTutti().presence.own);
  const parts = [
    `${state} ${user?.id ?? "nobody"}`,
    `${room.status} ${room.messages.length}`,
    `${conversations.length} conversations, ${unread} unread`,
    typing.length === 0 ? "nobody writes" : typing.join(),
    channel.status,
    bob === null && size === 0 ? "nobody is known" : `${size} are known`,
  ];
  return <p title={own.status}>{parts.join(" | ")}</p>;
}

export const EVERYTHING_UNKNOWN = '<p title="online">disconnected nobody | idle 0 | 0 conversations, 0 unread | nobody writes | idle | nobody is known</p>';
