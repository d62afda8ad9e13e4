// The public surface of @tutti/react: the provider and the hooks. What they show and do is @tutti/client's.

"use client";

export { TuttiProvider, type TuttiProviderProps, useTutti } from "./provider";
export { type ChannelActions, type ChannelListeners, type UseChannelResult, useChannel, useChannelEvents } from "./channel";
export { type UseConnectionResult, useConnection } from "./connection";
export { type ConversationActions, type UseConversationResult, type UseTypingResult, useConversation, useTyping } from "./conversation";
export { type UseConversationsResult, useConversations, useUnread } from "./conversations";
export { type PresenceMap, type PresenceUsers, useFollow, usePresence } from "./presence";
export { useStore } from "./store";
