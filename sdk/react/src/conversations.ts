// The list of conversations and its unread counts. Loaded when the first component asks; kept live by the client.

import type { Conversation, ConversationListSnapshot, NewConversation, TuttiClient } from "@tutti/client";
import { useEffect, useMemo } from "react";
import { useTutti } from "./provider";
import { useSelection, useSnapshot } from "./store";

interface Actions {
  /** Loads again after `status` became "error". Never rejects: `error` says what went wrong. */
  load(): Promise<void>;
  /** Loads the next page, if `hasMore`. Never rejects: `error` says what went wrong. */
  loadMore(): Promise<void>;
  /** Starts a conversation. Rejects with a TuttiError. */
  create(body: NewConversation): Promise<Conversation>;
}

/** The caller's conversations, the most recently active first, and what can be done with the list. */
export interface UseConversationsResult extends ConversationListSnapshot, Actions {}

const NOT_LOADED: ConversationListSnapshot = { conversations: [], status: "idle", error: null, hasMore: false, unread: 0 };

/** The list of conversations. The functions stay the same from render to render. */
export function useConversations(): UseConversationsResult {
  const client = useTutti();
  useListLoaded(client);
  const list = useSnapshot(client.conversations, NOT_LOADED);
  const actions = useMemo(() => actionsOf(client), [client]);
  return useMemo(() => ({ ...list, ...actions }), [list, actions]);
}

/** Unread messages: in all conversations, or in one of those loaded into the list. 0 until it is known, and for null. */
export function useUnread(conversationId?: string | null): number {
  const client = useTutti();
  useListLoaded(client);
  return useSelection(client.conversations, (list) => unreadIn(list, conversationId), 0);
}

/** The client asks once, however many components want it. */
function useListLoaded(client: TuttiClient): void {
  useEffect(() => void client.conversations.load(), [client]);
}

function unreadIn(list: ConversationListSnapshot, conversationId: string | null | undefined): number {
  if (conversationId === undefined) return list.unread;
  return list.conversations.find(({ id }) => id === conversationId)?.unread ?? 0;
}

function actionsOf({ conversations }: TuttiClient): Actions {
  return {
    load: () => conversations.load(),
    loadMore: () => conversations.loadMore(),
    create: (body) => conversations.create(body),
  };
}
