// One line of the list: who, when, what was said last, and how much of it is unread.
import type { Conversation } from "@tutti/client";
import { Link } from "@tanstack/react-router";
import { useApp } from "../app/context";
import { AvatarWithPresence, GroupAvatar } from "../people/Avatar";
import { useNames } from "../people/useNames";
import { classes } from "../ui/classes";
import { listTime } from "../ui/time";
import { peerOf, previewOf, titleOf } from "./describe";

export function ConversationItem({
  conversation,
  open,
  tabStop,
}: {
  conversation: Conversation;
  open: boolean;
  tabStop: boolean;
}) {
  const { me } = useApp();
  const nameOf = useNames();
  const title = titleOf(conversation, me.id, nameOf);
  const peer = peerOf(conversation, me.id);
  const { unread, unread_mentions: mentions } = conversation;
  return (
    <li>
      <Link
        to="/c/$conversationId"
        params={{ conversationId: conversation.id }}
        search={{}}
        data-testid="conversation-item"
        data-conversation-id={conversation.id}
        tabIndex={tabStop ? 0 : -1}
        aria-current={open ? "page" : undefined}
        className={classes(
          "flex h-14 items-center gap-3 rounded-lg px-2 outline-offset-[-2px]",
          open ? "bg-accent-soft" : "hover:bg-hover active:bg-pressed",
        )}
      >
        {peer !== null ? <AvatarWithPresence id={peer} name={title} size={36} /> : <GroupAvatar size={36} />}
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            <span className={classes("min-w-0 flex-1 truncate", unread > 0 ? "font-semibold" : "font-medium")}>{title}</span>
            <time dateTime={conversation.updated_at} className="shrink-0 text-2xs text-ink-faint tabular-nums">
              {listTime(conversation.last_message?.created_at ?? conversation.created_at, Date.now())}
            </time>
          </span>
          <span className="flex items-center gap-1.5">
            <span className={classes("min-w-0 flex-1 truncate text-sm", unread > 0 ? "text-ink" : "text-ink-faint")}>
              {previewOf(conversation, me.id, nameOf)}
            </span>
            {mentions > 0 && (
              <span
                title="You are mentioned"
                className="flex size-4.5 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent"
              >
                <span aria-hidden>@</span>
                <span className="sr-only">You are mentioned.</span>
              </span>
            )}
            {unread > 0 && (
              <span
                data-testid="unread-badge"
                className="flex h-4.5 min-w-4.5 shrink-0 items-center justify-center rounded-full bg-accent px-1.5 text-2xs font-semibold text-accent-ink tabular-nums"
              >
                {unread > 99 ? "99+" : unread}
                <span className="sr-only"> unread</span>
              </span>
            )}
          </span>
        </span>
      </Link>
    </li>
  );
}
