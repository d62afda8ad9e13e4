// One conversation on the screen: header, messages, composer, and the panel the address asks for. Puts the parts together.
import type { ConversationHandle, ConversationSnapshot } from "@tutti/client";
import { useStore, useTutti } from "@tutti/react";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useMemo, useRef } from "react";
import { useApp } from "../app/context";
import { peerOf, titleOf } from "../conversations/describe";
import { DetailsPanel } from "../details/DetailsPanel";
import { useMembers } from "../people/useMembers";
import { useNames } from "../people/useNames";
import { Failure, Notice, Skeleton } from "../ui/Notice";
import { Composer } from "./Composer";
import { ConversationHeader } from "./ConversationHeader";
import { ThreadPanel } from "./ThreadPanel";
import { Timeline, type TimelineControls } from "./Timeline";
import { TypingLine } from "./TypingLine";
import { useRowActions } from "./useRowActions";

export function ConversationPage() {
  const { conversationId } = useParams({ from: "/c/$conversationId" });
  const client = useTutti();
  const handle = useMemo(() => client.conversation(conversationId), [client, conversationId]);
  const snapshot = useStore(handle);

  useEffect(() => void handle.load(), [handle]);

  if (snapshot.info === null) return <Missing handle={handle} snapshot={snapshot} />;
  return <OpenConversation key={conversationId} handle={handle} snapshot={snapshot} />;
}

function Missing({ handle, snapshot }: { handle: ConversationHandle; snapshot: ConversationSnapshot }) {
  if (snapshot.status !== "error") return <Skeleton rows={8} label="Loading the conversation" />;
  if (snapshot.error?.code === "not_found" || snapshot.error?.code === "forbidden") {
    return (
      <Notice title="This conversation is not here">
        <p>It was deleted, or you are not one of its members.</p>
        <p className="mt-3">
          <Link to="/" className="rounded font-medium text-accent underline underline-offset-2">
            All conversations
          </Link>
        </p>
      </Notice>
    );
  }
  return (
    <Failure
      title="The conversation could not be loaded"
      text={snapshot.error?.userMessage ?? ""}
      onRetry={() => void handle.load()}
    />
  );
}

function OpenConversation({ handle, snapshot }: { handle: ConversationHandle; snapshot: ConversationSnapshot }) {
  const { me } = useApp();
  const navigate = useNavigate();
  const panel = useSearch({ from: "/c/$conversationId" });
  const nameOf = useNames();
  const members = useMembers(snapshot.info);
  const timeline = useRef<TimelineControls>(null);
  const composer = useRef<HTMLTextAreaElement>(null);
  const jumpTo = useCallback((id: string) => timeline.current?.jumpTo(id), []);
  const { actions, replyTo, editing, cancelReply, editLast, overlay } = useRowActions(handle, composer, jumpTo);

  const memberIds = useMemo(() => members.map(({ user_id }) => user_id).filter((id) => id !== me.id), [members, me.id]);
  const mentionable = useMemo(() => memberIds.map((id) => ({ id, name: nameOf(id) })), [memberIds, nameOf]);

  const closePanel = useCallback(
    () => void navigate({ to: "/c/$conversationId", params: { conversationId: handle.id }, search: {} }),
    [navigate, handle.id],
  );

  const { info } = snapshot;
  if (info === null) return null;
  const title = titleOf(info, me.id, nameOf);
  const moderator = info.kind === "group" && info.role !== "member";

  let body: ReactNode;
  if (snapshot.messages.length > 0 && snapshot.status !== "loading") {
    body = (
      <Timeline
        handle={handle}
        snapshot={snapshot}
        nameOf={nameOf}
        moderator={moderator}
        editing={editing}
        actions={actions}
        controls={timeline}
      />
    );
  } else if (snapshot.status === "error") {
    body = (
      <div className="min-h-0 flex-1">
        <Failure
          title="The messages could not be loaded"
          text={snapshot.error?.userMessage ?? ""}
          onRetry={() => void handle.load()}
        />
      </div>
    );
  } else if (snapshot.status === "ready") {
    body = (
      <div className="min-h-0 flex-1">
        <Notice title="No messages yet">
          {peerOf(info, me.id) !== null ? `Say hello to ${title}.` : "Write the first one."}
        </Notice>
      </div>
    );
  } else {
    body = (
      <div className="min-h-0 flex-1 overflow-hidden pt-4">
        <Skeleton rows={8} label="Loading messages" />
      </div>
    );
  }

  const open = panel.thread !== undefined || panel.details === true;
  return (
    <div className="relative flex h-full">
      <section aria-label={title} className="flex min-w-0 flex-1 flex-col">
        <ConversationHeader info={info} nameOf={nameOf} details={panel.details === true} />
        {body}
        {overlay}
        <TypingLine typing={snapshot.typing} nameOf={nameOf} />
        <Composer
          handle={handle}
          area={composer}
          placeholder={`Message ${title}`}
          mentionable={mentionable}
          replyTo={replyTo}
          onCancelReply={cancelReply}
          onEditLast={() => editLast(snapshot.messages)}
        />
      </section>
      {open && (
        <aside
          aria-label={panel.thread !== undefined ? "Thread" : "Details"}
          className="flex w-full shrink-0 flex-col border-l border-line bg-surface max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-pop sm:max-lg:w-96 lg:w-88"
        >
          {panel.thread !== undefined ? (
            <ThreadPanel
              handle={handle}
              snapshot={snapshot}
              rootId={panel.thread}
              nameOf={nameOf}
              mentionable={mentionable}
              moderator={moderator}
              onClose={closePanel}
            />
          ) : (
            <DetailsPanel info={info} members={members} onClose={closePanel} />
          )}
        </aside>
      )}
    </div>
  );
}
