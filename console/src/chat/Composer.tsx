// Writing a message: text, mentions, attachments, what it answers. Sending itself (and waiting, and retrying) is the SDK's.
import type { Attachment, ConversationHandle, MessageView } from "@tutti/client";
import { useTutti } from "@tutti/react";
import { ArrowUp, X } from "lucide-react";
import { type KeyboardEvent, type RefObject, useEffect, useId, useMemo, useState } from "react";
import { useApp } from "../app/context";
import { gist } from "../conversations/describe";
import { Avatar } from "../people/Avatar";
import { useNames } from "../people/useNames";
import { IconButton } from "../ui/Button";
import { classes } from "../ui/classes";
import { AttachLink } from "./AttachLink";
import { AttachmentIcon } from "./Attachments";
import { draftsOf } from "./drafts";
import { insertMention, matching, type Mentionable, mentionAt, mentionedIds } from "./mention";
import { countChars, MAX_CHARS, useAutosize } from "./writing";

const COUNT_FROM = MAX_CHARS - 500;
const MAX_ATTACHMENTS = 30;
const OFFERED = 6;

export interface ComposerProps {
  handle: ConversationHandle;
  /** Where others find the text area, to put the focus there. */
  area: RefObject<HTMLTextAreaElement | null>;
  /** Set in a thread: what is sent goes there. */
  threadId?: string;
  placeholder: string;
  mentionable: readonly Mentionable[];
  replyTo: MessageView | null;
  onCancelReply: () => void;
  onEditLast: () => void;
}

export function Composer({
  handle,
  area,
  threadId,
  placeholder,
  mentionable,
  replyTo,
  onCancelReply,
  onEditLast,
}: ComposerProps) {
  const client = useTutti();
  const { me } = useApp();
  const nameOf = useNames();
  const drafts = draftsOf(client);
  const draftKey = threadId === undefined ? handle.id : `${handle.id}/${threadId}`;
  const [text, setText] = useState(() => drafts.get(draftKey) ?? "");
  const [caret, setCaret] = useState(text.length);
  const [attachments, setAttachments] = useState<readonly Attachment[]>([]);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const [choice, setChoice] = useState(0);
  const listId = useId();
  useAutosize(area, text);

  const mention = useMemo(() => mentionAt(text, caret), [text, caret]);
  const offered = useMemo(
    () => (mention === null || mention.start === closedAt ? [] : matching(mentionable, mention.query).slice(0, OFFERED)),
    [mention, closedAt, mentionable],
  );
  const chosen = offered[Math.min(choice, offered.length - 1)];
  const chars = text.length > COUNT_FROM / 2 ? countChars(text) : text.length;
  const empty = text.trim() === "" && attachments.length === 0;
  const blocked = empty || chars > MAX_CHARS;

  useEffect(() => {
    if (window.matchMedia("(pointer: fine)").matches) area.current?.focus();
  }, [area]);

  useEffect(() => {
    if (replyTo !== null) area.current?.focus();
  }, [area, replyTo]);

  useEffect(() => () => handle.typing(false), [handle]);

  function write(next: string, at: number) {
    setText(next);
    setCaret(at);
    setChoice(0);
    if (next === "") drafts.delete(draftKey);
    else drafts.set(draftKey, next);
    handle.typing(next.trim() !== "");
  }

  function pick(person: Mentionable) {
    if (mention === null) return;
    const next = insertMention(text, mention, person.name);
    write(next.text, next.caret);
    setPicked(new Set([...picked, person.id]));
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(next.caret, next.caret);
    });
  }

  function send() {
    if (blocked) return;
    const mentions = mentionedIds(text, mentionable, picked);
    // A failure is shown at the message itself, which offers to try again.
    handle
      .send({
        message: text.trim(),
        ...(replyTo === null ? {} : { reply_to: replyTo.id }),
        ...(threadId === undefined ? {} : { thread_id: threadId }),
        ...(mentions.length === 0 ? {} : { mentions }),
        ...(attachments.length === 0 ? {} : { attachments: [...attachments] }),
      })
      .catch(() => undefined);
    handle.typing(false);
    write("", 0);
    setAttachments([]);
    setPicked(new Set());
    setClosedAt(null);
    onCancelReply();
    area.current?.focus();
  }

  function onMentionKey(event: KeyboardEvent): boolean {
    if (chosen === undefined || mention === null) return false;
    const count = offered.length;
    if (event.key === "ArrowDown") setChoice((choice + 1) % count);
    else if (event.key === "ArrowUp") setChoice((choice + count - 1) % count);
    else if (event.key === "Enter" || event.key === "Tab") pick(chosen);
    else if (event.key === "Escape") setClosedAt(mention.start);
    else return false;
    return true;
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    if (onMentionKey(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && replyTo !== null) onCancelReply();
    else if (event.key === "ArrowUp" && text === "" && !event.shiftKey) {
      event.preventDefault();
      onEditLast();
    }
  }

  return (
    <div className="relative shrink-0 px-4 pb-4 max-sm:px-2 max-sm:pb-2">
      {offered.length > 0 && (
        <ul
          id={listId}
          role="listbox"
          aria-label="Members"
          className="animate-appear absolute bottom-full left-4 z-20 mb-1 w-64 rounded-lg border border-line bg-raised p-1 shadow-pop"
        >
          {offered.map((person) => (
            <li
              key={person.id}
              id={`${listId}-${person.id}`}
              role="option"
              aria-selected={person === chosen}
              data-testid="mention-option"
              onMouseDown={(event) => {
                event.preventDefault();
                pick(person);
              }}
              className={classes("flex h-8 items-center gap-2 rounded-md px-2 text-sm", person === chosen && "bg-pressed")}
            >
              <Avatar id={person.id} name={person.name} size={20} />
              <span className="truncate">{person.name}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="field field-quiet">
        {replyTo !== null && (
          <div className="flex items-center gap-2 border-b border-line py-1 pr-1 pl-3 text-sm">
            <span className="min-w-0 flex-1 truncate text-ink-soft">
              Replying to{" "}
              <span className="font-medium text-ink">
                {replyTo.sender_id === me.id ? "yourself" : nameOf(replyTo.sender_id)}
              </span>
              : {gist(replyTo)}
            </span>
            <IconButton label="Cancel the reply" size="small" onClick={onCancelReply}>
              <X size={14} aria-hidden />
            </IconButton>
          </div>
        )}
        {attachments.length > 0 && (
          <ul aria-label="Attachments" className="flex flex-wrap gap-1.5 px-2 pt-2">
            {attachments.map((attachment, index) => (
              <li key={index} className="flex h-7 max-w-64 items-center gap-1.5 rounded-md bg-hover pr-1 pl-2 text-sm">
                <AttachmentIcon type={attachment.mime_type} />
                <span className="truncate">{attachment.name ?? attachment.url}</span>
                <button
                  type="button"
                  aria-label={`Remove ${attachment.name ?? attachment.url}`}
                  onClick={() => setAttachments(attachments.filter((other) => other !== attachment))}
                  className="rounded p-0.5 hover:bg-pressed"
                >
                  <X size={12} aria-hidden />
                </button>
              </li>
            ))}
          </ul>
        )}
        <div className="flex items-end gap-1 p-1">
          <AttachLink
            disabled={attachments.length >= MAX_ATTACHMENTS}
            onAttach={(attachment) => setAttachments([...attachments, attachment])}
          />
          <textarea
            ref={area}
            data-testid={threadId === undefined ? "composer" : "thread-composer"}
            aria-label={placeholder}
            aria-autocomplete="list"
            {...(chosen === undefined
              ? {}
              : { "aria-controls": listId, "aria-activedescendant": `${listId}-${chosen.id}` })}
            rows={1}
            value={text}
            placeholder={placeholder}
            onChange={(event) => write(event.target.value, event.target.selectionStart)}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
            onKeyDown={onKeyDown}
            onBlur={() => handle.typing(false)}
            className="max-h-[38dvh] min-w-0 flex-1 resize-none bg-transparent px-1 py-1.5"
          />
          {chars > COUNT_FROM && (
            <span
              aria-live="polite"
              className={classes("px-1 py-1.5 text-xs tabular-nums", chars > MAX_CHARS ? "text-danger" : "text-ink-faint")}
            >
              {chars > MAX_CHARS ? `${chars - MAX_CHARS} too many` : `${MAX_CHARS - chars} left`}
            </span>
          )}
          <button
            type="button"
            data-testid={threadId === undefined ? "send" : "thread-send"}
            aria-label="Send"
            title="Send"
            disabled={blocked}
            onClick={send}
            className={classes(
              "inline-flex size-8 shrink-0 items-center justify-center rounded-md transition-colors",
              blocked ? "text-ink-faint" : "bg-accent text-accent-ink hover:opacity-90",
            )}
          >
            <ArrowUp size={17} aria-hidden />
          </button>
        </div>
      </div>
    </div>
  );
}
