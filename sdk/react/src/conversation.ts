// One conversation as a component shows it, and what can be done in it. Every rule (order, delivery, receipts, paging) is
// the client's.

import type { ConversationHandle, ConversationSnapshot, Draft, Message, MessagePage, TuttiClient } from "@tutti/client";
import { useCallback, useEffect, useMemo } from "react";
import { nothing, refused } from "./absent";
import { useTutti } from "./provider";
import { useSelection, useSnapshot } from "./store";

/** What can be done in a conversation. The functions stay the same for the same conversation. */
export interface ConversationActions {
  /** Loads again after `status` became "error". Never rejects: `error` says what went wrong. */
  load(): Promise<void>;
  /** Loads older messages, if `hasMore`. Never rejects: `error` says what went wrong. */
  loadMore(): Promise<void>;
  /** Shows a message and those around it instead of what is loaded, for a link or a search. Never rejects. */
  loadAround(messageId: string): Promise<void>;
  /** After `loadAround`: newer messages, if `hasNewer`. Never rejects. */
  loadNewer(): Promise<void>;
  /** After `loadAround`: back to the newest. Never rejects. */
  loadLatest(): Promise<void>;
  /** Shows the message at once and resolves when the server has stored it. Rejects with a TuttiError. */
  send(draft: Draft | string): Promise<Message>;
  /** Sends a failed message again, by its `key`. */
  retry(key: string): void;
  /** Gives up on a message that is not stored yet, by its `key`. */
  discard(key: string): void;
  /** Replaces the text of a message. Rejects with a TuttiError. */
  edit(messageId: string, text: string): Promise<void>;
  /** Deletes a message for everybody. Rejects with a TuttiError. */
  remove(messageId: string): Promise<void>;
  /** Adds the caller's reaction. Rejects with a TuttiError. */
  react(messageId: string, emoji: string): Promise<void>;
  /** Takes the caller's reaction back. Rejects with a TuttiError. */
  unreact(messageId: string, emoji: string): Promise<void>;
  /** Up to the newest message, or to the one given. Call it as often as you like: receipts are gathered. */
  markRead(messageId?: string): void;
  /** Call it on every keystroke with true; it ends by itself, on sending too. */
  setTyping(isTyping: boolean): void;
  /** The replies to a message, the newest first. */
  thread(rootId: string): Promise<MessagePage>;
}

/** A conversation and what can be done in it. */
export interface UseConversationResult extends Omit<ConversationSnapshot, "hasOlder" | "loadingOlder">, ConversationActions {
  /** Whether there are older messages than those loaded. */
  hasMore: boolean;
  loadingMore: boolean;
}

/** Who else is writing, and the way to say that the caller is. */
export interface UseTypingResult {
  /** User ids. */
  typing: readonly string[];
  /** As in `ConversationActions`. */
  setTyping(isTyping: boolean): void;
}

const NOT_LOADED: ConversationSnapshot = {
  info: null, messages: [], status: "idle", error: null, hasOlder: false, loadingOlder: false, hasNewer: false, loadingNewer: false,
  typing: [], readers: {},
};

/** A conversation by its id, loaded when the first component asks for it. With null there is none, and nothing is loaded. */
export function useConversation(id: string | null): UseConversationResult {
  const handle = handleOf(useTutti(), id);
  useEffect(() => void handle?.load(), [handle]);
  const snapshot = useSnapshot(handle, NOT_LOADED);
  const actions = useMemo(() => (handle === null ? NO_ACTIONS : actionsOf(handle)), [handle]);
  return useMemo(() => {
    const { hasOlder: hasMore, loadingOlder: loadingMore, ...shown } = snapshot;
    return { ...shown, hasMore, loadingMore, ...actions };
  }, [snapshot, actions]);
}

/** Who is writing in a conversation, without loading it: for a composer, or a row in a list. */
export function useTyping(id: string | null): UseTypingResult {
  const handle = handleOf(useTutti(), id);
  const typing = useSelection(handle, (conversation) => conversation.typing, NOT_LOADED.typing);
  const setTyping = useCallback((isTyping: boolean) => handle?.typing(isTyping), [handle]);
  return useMemo(() => ({ typing, setTyping }), [typing, setTyping]);
}

function handleOf(client: TuttiClient, id: string | null): ConversationHandle | null {
  return id === null ? null : client.conversation(id);
}

function actionsOf(handle: ConversationHandle): ConversationActions {
  return {
    load: () => handle.load(),
    loadMore: () => handle.loadOlder(),
    loadAround: (messageId) => handle.loadAround(messageId),
    loadNewer: () => handle.loadNewer(),
    loadLatest: () => handle.loadLatest(),
    send: (draft) => handle.send(typeof draft === "string" ? { message: draft } : draft),
    retry: (key) => handle.retry(key),
    discard: (key) => handle.discard(key),
    edit: (messageId, text) => handle.edit(messageId, text),
    remove: (messageId) => handle.remove(messageId),
    react: (messageId, emoji) => handle.react(messageId, emoji),
    unreact: (messageId, emoji) => handle.unreact(messageId, emoji),
    markRead: (messageId) => handle.markRead(messageId),
    setTyping: (isTyping) => handle.typing(isTyping),
    thread: (rootId) => handle.thread(rootId),
  };
}

const nothingToLoad = (): Promise<void> => Promise.resolve();

const NO_ACTIONS: ConversationActions = {
  load: nothingToLoad, loadMore: nothingToLoad, loadAround: nothingToLoad, loadNewer: nothingToLoad, loadLatest: nothingToLoad,
  send: refused, retry: nothing, discard: nothing, edit: refused, remove: refused, react: refused, unreact: refused,
  markRead: nothing, setTyping: nothing, thread: refused,
};
