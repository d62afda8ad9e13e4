// A message's text, as text: line breaks kept, addresses made into links, mentions marked.
import { type ReactNode, useMemo } from "react";
import { useApp } from "../app/context";
import type { NameOf } from "../people/useNames";
import { classes } from "../ui/classes";
import { segmentsOf } from "./text";

export function MessageText({
  text,
  mentions,
  nameOf,
  trailing,
}: {
  text: string;
  mentions: readonly string[];
  nameOf: NameOf;
  /** Small marks that follow the last word. */
  trailing: ReactNode;
}) {
  const { me } = useApp();
  const segments = useMemo(() => segmentsOf(text, mentions.map(nameOf)), [text, mentions, nameOf]);
  const ownMention = `@${nameOf(me.id)}`.toLocaleLowerCase();
  return (
    <div className="max-w-[76ch] whitespace-pre-wrap [overflow-wrap:anywhere]">
      {segments.map((segment, index) => {
        if (segment.kind === "text") return segment.text;
        if (segment.kind === "mention") {
          const own = segment.text.toLocaleLowerCase() === ownMention;
          return (
            <span
              key={index}
              className={classes("rounded px-0.5 font-medium", own ? "bg-accent text-accent-ink" : "bg-accent-soft text-accent")}
            >
              {segment.text}
            </span>
          );
        }
        return (
          <a
            key={index}
            href={segment.href}
            target="_blank"
            rel="noopener noreferrer"
            className="text-accent underline decoration-1 underline-offset-2 hover:decoration-2"
          >
            {segment.text}
          </a>
        );
      })}
      {trailing}
    </div>
  );
}
