// A thread beside its conversation: the first message, the replies, and a composer of its own. Replies that the conversation
// has loaded are live through it; older ones are fetched here and fetched again when they change.
import type { ConversationHandle, ConversationSnapshot, Message, MessageView } from "@tutti/client";
import { useTutti } from "@tutti/react";
import { X } from "lucide-react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useApp } from "../app/context";
import { problemText } from "../app/problem";
import type { NameOf } from "../people/useNames";
import { IconButton } from "../ui/Button";
import { Failure, Skeleton } from "../ui/Notice";
import { Composer } from "./Composer";
import type { Mentionable } from "./mention";
import { MessageRow } from "./MessageRow";
import { seenBy } from "./reading";
import { buildRows } from "./rows";
import { isAtEnd } from "./scrolling";
import { useRowActions } from "./useRowActions";

type Fetched = { state: "loading" } | { state: "failed"; text: string } | { state: "ready"; messages: readonly Message[] };

export function ThreadPanel({
  handle,
  snapshot,
  rootId,
  nameOf,
  mentionable,
  moderator,
  onClose,
}: {
  handle: ConversationHandle;
  snapshot: ConversationSnapshot;
  rootId: string;
  nameOf: NameOf;
  mentionable: readonly Mentionable[];
  moderator: boolean;
  onClose: () => void;
}) {
  const { me } = useApp();
  const [fetched, setFetched] = useState<Fetched>({ state: "loading" });
  const fetchThread = useFetchThread(handle, rootId, snapshot.messages, setFetched);
  const scroller = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const composer = useRef<HTMLTextAreaElement>(null);

  const messages = useMemo(
    () => merged(fetched.state === "ready" ? fetched.messages : [], snapshot.messages, rootId),
    [fetched, snapshot.messages, rootId],
  );
  const rows = useMemo(
    () => buildRows(messages.map((message) => ({ ...message, thread_id: null })), null, me.id),
    [messages, me.id],
  );

  const jumpTo = useCallback((id: string) => {
    scroller.current?.querySelector(`[data-message-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "center" });
  }, []);
  const { actions, replyTo, editing, cancelReply, editLast, overlay } = useRowActions(handle, composer, jumpTo);

  useLayoutEffect(() => {
    if (pinned.current) scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, [rows]);

  return (
    <>
      <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line pr-2 pl-4">
        <h2 className="flex-1 font-semibold">Thread</h2>
        <IconButton label="Close the thread" onClick={onClose}>
          <X size={17} aria-hidden />
        </IconButton>
      </header>
      <div
        ref={scroller}
        onScroll={(event) => {
          pinned.current = isAtEnd(event.currentTarget);
        }}
        role="log"
        aria-label="Thread"
        className="min-h-0 flex-1 overflow-y-auto pt-2 pb-3"
      >
        {fetched.state === "loading" && messages.length === 0 && <Skeleton rows={3} label="Loading the thread" />}
        {fetched.state === "failed" && (
          <Failure title="The thread could not be loaded" text={fetched.text} onRetry={fetchThread} />
        )}
        {rows.map((row, index) => {
          const replies = rows.length - 1;
          return (
            <div key={row.message.key}>
              <MessageRow
                handle={handle}
                message={row.message}
                head={row.head || index === 1}
                note={false}
                inThread
                nameOf={nameOf}
                seen={row.message.sender_id === me.id && row.tail ? seenBy(row.message, snapshot.readers) : null}
                moderator={moderator}
                active
                editing={row.message.key === editing}
                highlighted={false}
                actions={actions}
              />
              {row.message.id === rootId && (
                <div role="separator" className="flex items-center gap-3 px-4 py-1.5 text-xs text-ink-faint">
                  {replies === 0 ? "No replies yet" : replies === 1 ? "1 reply" : `${replies} replies`}
                  <span aria-hidden className="h-px flex-1 bg-line" />
                </div>
              )}
            </div>
          );
        })}
      </div>
      {overlay}
      <Composer
        key={rootId}
        handle={handle}
        area={composer}
        threadId={rootId}
        placeholder="Reply in thread"
        mentionable={mentionable}
        replyTo={replyTo}
        onCancelReply={cancelReply}
        onEditLast={() => editLast(messages)}
      />
    </>
  );
}

function useFetchThread(
  handle: ConversationHandle,
  rootId: string,
  loaded: readonly MessageView[],
  onFetched: (fetched: Fetched) => void,
): () => void {
  const client = useTutti();
  const known = useRef(loaded);
  known.current = loaded;
  const wanted = useRef(rootId);
  wanted.current = rootId;

  const fetchThread = useCallback(() => {
    handle.thread(rootId).then(
      (page) => {
        if (wanted.current === rootId) onFetched({ state: "ready", messages: [...page.messages].reverse() });
      },
      (error: unknown) => {
        if (wanted.current === rootId) onFetched({ state: "failed", text: problemText(error) });
      },
    );
  }, [handle, rootId, onFetched]);

  useEffect(() => {
    onFetched({ state: "loading" });
    fetchThread();
  }, [fetchThread, onFetched]);

  useEffect(() => {
    const changed = (conversationId: string, messageId: string) => {
      if (conversationId === handle.id && !known.current.some(({ id }) => id === messageId)) fetchThread();
    };
    const stops = [
      client.on("message_edited", ({ message }) => changed(message.conversation_id, message.id)),
      client.on("message_deleted", (frame) => changed(frame.conversation_id, frame.message_id)),
      client.on("reaction_added", (frame) => changed(frame.conversation_id, frame.message_id)),
      client.on("reaction_removed", (frame) => changed(frame.conversation_id, frame.message_id)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [client, handle.id, fetchThread]);

  return fetchThread;
}

/** The thread's messages from both sources, the conversation's live ones winning; those on their way last. */
function merged(fetched: readonly Message[], loaded: readonly MessageView[], rootId: string): MessageView[] {
  const live = loaded.filter((message) => message.id === rootId || message.thread_id === rootId);
  const liveIds = new Set(live.map(({ id }) => id));
  const older = fetched
    .filter(({ id }) => !liveIds.has(id))
    .map((message): MessageView => ({ ...message, delivery: "sent", failure: null, key: message.id }));
  const stored = [...older, ...live.filter(({ delivery }) => delivery === "sent")].sort((a, b) => a.seq - b.seq);
  return [...stored, ...live.filter(({ delivery }) => delivery !== "sent")];
}
