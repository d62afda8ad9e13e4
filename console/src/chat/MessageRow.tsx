// One message: who, when, what, and what became of it. What surrounds it (days, the unread line) is the timeline's business.
import type { ConversationHandle, MessageView } from "@tutti/client";
import { Check, CheckCheck, Clock, MessageSquareText } from "lucide-react";
import { type KeyboardEvent, memo, useState } from "react";
import { useApp } from "../app/context";
import { firstName, gist } from "../conversations/describe";
import { Avatar } from "../people/Avatar";
import { listNames, type NameOf } from "../people/useNames";
import { classes } from "../ui/classes";
import { clockTime, fullTime, shortClock } from "../ui/time";
import { Attachments } from "./Attachments";
import { EditMessage } from "./EditMessage";
import { MessageText } from "./MessageText";
import { type MessageActions, MessageToolbar, type OpenTool } from "./MessageToolbar";
import { Quote } from "./Quote";
import { Reactions } from "./Reactions";

export interface RowActions extends MessageActions {
  jumpTo(id: string): void;
  stopEditing(): void;
}

export interface MessageRowProps {
  handle: ConversationHandle;
  message: MessageView;
  head: boolean;
  /** Shown as one line that leads to its thread. */
  note: boolean;
  inThread: boolean;
  nameOf: NameOf;
  /** The others who have read it, on own messages that show it; null on all others. */
  seen: readonly string[] | null;
  moderator: boolean;
  /** Whether the Tab key stops here. */
  active: boolean;
  editing: boolean;
  highlighted: boolean;
  actions: RowActions;
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { handle, message, head, note, nameOf, active, editing, actions } = props;
  const { me } = useApp();
  const [tool, setTool] = useState<OpenTool>("none");
  const own = message.sender_id === me.id;
  const name = nameOf(message.sender_id);
  const tabIndex = active ? 0 : -1;
  const live = message.delivery === "sent" && !message.deleted;
  const mentioned = !own && message.mentions.includes(me.id);

  function onKeyDown(event: KeyboardEvent) {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!live) return;
    if (event.key === "Enter" || event.key === " ") setTool("menu");
    else if (event.key === "r") actions.reply(message);
    else if (event.key === "t" && !props.inThread) actions.openThread(message);
    else if (event.key === "e" && own) actions.edit(message);
    else if (event.key === "Delete" && (own || props.moderator)) actions.askDelete(message);
    else return;
    event.preventDefault();
  }

  return (
    <article
      data-testid="message"
      data-message-id={message.id}
      data-seq={message.seq}
      data-delivery={message.delivery}
      tabIndex={tabIndex}
      onKeyDown={onKeyDown}
      aria-label={`${own ? "You" : name}, ${clockTime(message.created_at)}: ${gist(message)}`}
      className={classes(
        "group relative flex gap-3 px-4 outline-offset-[-2px] transition-colors duration-500",
        head ? "pt-2 pb-0.5" : "py-0.5",
        props.highlighted ? "bg-accent-soft" : mentioned ? "bg-accent-soft/60" : "hover:bg-hover",
        tool !== "none" && "bg-hover",
      )}
    >
      <div className="w-8 shrink-0">
        {head && !note && <Avatar id={message.sender_id} name={name} size={32} />}
        {note && <MessageSquareText size={14} aria-hidden className="mt-0.5 ml-auto text-ink-faint" />}
        {!head && (
          <time
            dateTime={message.created_at}
            title={fullTime(message.created_at)}
            className="block text-right text-[10px] leading-5 whitespace-nowrap text-ink-faint tabular-nums opacity-0 group-hover:opacity-100 group-focus-within:opacity-100"
          >
            {shortClock(message.created_at)}
          </time>
        )}
      </div>
      <div className="min-w-0 flex-1">
        {note ? (
          <button
            type="button"
            tabIndex={tabIndex}
            onClick={() => actions.openThread(message)}
            className="flex w-full max-w-[76ch] min-w-0 items-baseline gap-1.5 rounded text-left text-sm text-ink-faint hover:text-ink"
          >
            <span className="shrink-0">
              <span className="font-medium text-ink-soft">{own ? "You" : firstName(name)}</span> replied in a thread:
            </span>
            <span className="truncate">{gist(message)}</span>
          </button>
        ) : (
          <>
            {head && (
              <div className="flex items-baseline gap-2 leading-5">
                <span className="truncate font-semibold">{own ? "You" : name}</span>
                <time
                  dateTime={message.created_at}
                  title={fullTime(message.created_at)}
                  className="shrink-0 text-2xs text-ink-faint tabular-nums"
                >
                  {clockTime(message.created_at)}
                </time>
              </div>
            )}
            {message.reply_to !== null && !message.deleted && (
              <Quote handle={handle} id={message.reply_to} nameOf={nameOf} tabIndex={tabIndex} onJump={actions.jumpTo} />
            )}
            <Body {...props} />
            <Reactions message={message} nameOf={nameOf} tabIndex={tabIndex} onToggle={actions.react} />
            {message.thread !== null && !props.inThread && (
              <button
                type="button"
                tabIndex={tabIndex}
                onClick={() => actions.openThread(message)}
                className="mt-1 flex items-center gap-1.5 rounded text-sm font-medium text-accent hover:underline"
              >
                <MessageSquareText size={14} aria-hidden />
                {message.thread.reply_count === 1 ? "1 reply" : `${message.thread.reply_count} replies`}
                <span className="font-normal text-ink-faint">{clockTime(message.thread.last_reply_at)}</span>
              </button>
            )}
            <Delivery {...props} />
          </>
        )}
      </div>
      {live && !editing && !note && (
        <MessageToolbar
          message={message}
          own={own}
          moderator={props.moderator}
          inThread={props.inThread}
          tabIndex={tabIndex}
          tool={tool}
          onTool={setTool}
          actions={actions}
        />
      )}
    </article>
  );
});

function Body({ handle, message, nameOf, seen, editing, actions }: MessageRowProps) {
  if (message.deleted) return <p className="text-ink-faint italic">This message was deleted.</p>;
  if (editing) {
    return (
      <EditMessage message={message} onSave={(text) => handle.edit(message.id, text)} onClose={actions.stopEditing} />
    );
  }
  const marks = (
    <>
      {message.edited_at !== null && (
        <span title={fullTime(message.edited_at)} className="ml-1.5 text-2xs text-ink-faint">
          edited
        </span>
      )}
      <ReadMark message={message} seen={seen} nameOf={nameOf} />
    </>
  );
  return (
    <div className={classes(message.delivery !== "sent" && "text-ink-faint")}>
      {message.message !== "" && (
        <MessageText text={message.message} mentions={message.mentions} nameOf={nameOf} trailing={marks} />
      )}
      <Attachments attachments={message.attachments} />
      {message.message === "" && marks}
    </div>
  );
}

function Delivery({ handle, message }: MessageRowProps) {
  if (message.delivery !== "failed") return null;
  return (
    <p role="alert" className="flex flex-wrap items-center gap-x-2 text-sm text-danger">
      Not sent. {message.failure?.userMessage}
      <button type="button" className="rounded font-medium underline" onClick={() => handle.retry(message.key)}>
        Try again
      </button>
      <button type="button" className="rounded font-medium underline" onClick={() => handle.discard(message.key)}>
        Discard
      </button>
    </p>
  );
}

function ReadMark({ message, seen, nameOf }: { message: MessageView; seen: readonly string[] | null; nameOf: NameOf }) {
  if (message.delivery === "sending") {
    return (
      <span title="Sending" className="ml-1.5 inline-block align-[-2px] text-ink-faint">
        <Clock size={12} aria-hidden />
        <span className="sr-only">Sending</span>
      </span>
    );
  }
  if (seen === null || message.deleted || message.delivery !== "sent") return null;
  const words = seen.length === 0 ? "Sent" : `Seen by ${listNames(seen.map(nameOf), 6)}`;
  return (
    <span
      title={words}
      className={classes("ml-1.5 inline-block align-[-2px]", seen.length > 0 ? "text-accent" : "text-ink-faint")}
    >
      {seen.length > 0 ? <CheckCheck size={14} aria-hidden /> : <Check size={14} aria-hidden />}
      <span className="sr-only">{words}</span>
    </span>
  );
}
