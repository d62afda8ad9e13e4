// The top of a conversation: with whom, how they are, and the way to its details.
import type { Conversation } from "@tutti/client";
import { usePresence } from "@tutti/react";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, PanelRight } from "lucide-react";
import { useApp } from "../app/context";
import { peerOf, titleOf } from "../conversations/describe";
import { AvatarWithPresence, GroupAvatar } from "../people/Avatar";
import type { NameOf } from "../people/useNames";
import { statusWords } from "../people/statusWords";
import { classes } from "../ui/classes";
import { lastSeen } from "../ui/time";

export function ConversationHeader({ info, nameOf, details }: { info: Conversation; nameOf: NameOf; details: boolean }) {
  const { me } = useApp();
  const title = titleOf(info, me.id, nameOf);
  const peer = peerOf(info, me.id);
  return (
    <header className="flex h-14 shrink-0 items-center gap-3 border-b border-line px-4 max-md:pl-1.5">
      <Link
        to="/"
        aria-label="Back to the conversations"
        className="-mr-2 flex size-9 items-center justify-center rounded-md text-ink-soft hover:bg-hover md:hidden"
      >
        <ChevronLeft size={20} aria-hidden />
      </Link>
      {peer !== null ? <AvatarWithPresence id={peer} name={title} size={32} /> : <GroupAvatar size={32} />}
      <div className="min-w-0 flex-1">
        <h1 className="truncate leading-4.5 font-semibold">{title}</h1>
        <p className="truncate text-xs leading-4 text-ink-faint">
          {peer !== null ? <PeerLine userId={peer} /> : info.member_count === 1 ? "1 member" : `${info.member_count} members`}
        </p>
      </div>
      <Link
        to="/c/$conversationId"
        params={{ conversationId: info.id }}
        search={details ? {} : { details: true }}
        aria-label={details ? "Hide the details" : "Show the details"}
        title="Details"
        aria-pressed={details}
        data-testid="toggle-details"
        role="button"
        className={classes(
          "flex size-8 items-center justify-center rounded-md hover:bg-hover hover:text-ink",
          details ? "bg-pressed text-ink" : "text-ink-soft",
        )}
      >
        <PanelRight size={17} aria-hidden />
      </Link>
    </header>
  );
}

function PeerLine({ userId }: { userId: string }) {
  const presence = usePresence(userId);
  if (presence === null) return null;
  if (presence.text !== null) return `${statusWords[presence.status]} · ${presence.text}`;
  if (presence.status === "offline" && presence.last_seen_at !== null) return lastSeen(presence.last_seen_at, Date.now());
  return statusWords[presence.status];
}
