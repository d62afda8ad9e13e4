// What the rows of a timeline or thread can ask for, gathered in one object that stays the same, and the states behind it:
// what is being answered, edited, or about to be deleted.
import type { ConversationHandle, MessageView } from "@tutti/client";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, type RefObject, useCallback, useMemo, useRef, useState } from "react";
import { useApp } from "../app/context";
import { problemText } from "../app/problem";
import { Confirm } from "../ui/Confirm";
import type { RowActions } from "./MessageRow";
import { toggleReaction } from "./Reactions";

export interface RowStates {
  actions: RowActions;
  replyTo: MessageView | null;
  editing: string | null;
  cancelReply: () => void;
  /** Opens the newest own message for editing. */
  editLast: (messages: readonly MessageView[]) => void;
  /** The dialog that asks before deleting, and the last thing that went wrong: to be put anywhere. */
  overlay: ReactNode;
}

export function useRowActions(
  handle: ConversationHandle,
  composer: RefObject<HTMLTextAreaElement | null>,
  jumpTo: (id: string) => void,
): RowStates {
  const { me } = useApp();
  const navigate = useNavigate();
  const [replyTo, setReplyTo] = useState<MessageView | null>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<MessageView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const jump = useRef(jumpTo);
  jump.current = jumpTo;
  // After the dialog or field has gone, and has had its own say about the focus.
  const focusComposer = useCallback(() => void window.setTimeout(() => composer.current?.focus()), [composer]);

  const actions = useMemo<RowActions>(
    () => ({
      reply: setReplyTo,
      openThread: (message) =>
        void navigate({
          to: "/c/$conversationId",
          params: { conversationId: handle.id },
          search: { thread: message.thread_id ?? message.id },
        }),
      edit: (message) => setEditing(message.key),
      stopEditing: () => {
        setEditing(null);
        focusComposer();
      },
      askDelete: setDeleting,
      react: (message, emoji) => {
        setProblem(null);
        toggleReaction(handle, message, emoji, me.id).catch((error: unknown) => setProblem(problemText(error)));
      },
      jumpTo: (id) => jump.current(id),
    }),
    [handle, me.id, navigate, focusComposer],
  );

  const cancelReply = useCallback(() => setReplyTo(null), []);

  function editLast(messages: readonly MessageView[]) {
    const last = messages.findLast(
      (message) => message.sender_id === me.id && message.delivery === "sent" && !message.deleted,
    );
    if (last) setEditing(last.key);
  }

  const overlay = (
    <>
      {deleting !== null && (
        <Confirm
          open
          onOpenChange={() => {
            setDeleting(null);
            focusComposer();
          }}
          title="Delete this message?"
          description="Everybody in the conversation will see that a message was deleted, but not what it said."
          action="Delete"
          onConfirm={() => handle.remove(deleting.id)}
        />
      )}
      {problem !== null && (
        <div role="alert" className="flex items-center justify-center gap-3 px-4 py-1 text-sm text-danger">
          {problem}
          <button type="button" className="rounded underline" onClick={() => setProblem(null)}>
            Dismiss
          </button>
        </div>
      )}
    </>
  );

  return { actions, replyTo, editing, cancelReply, editLast, overlay };
}
