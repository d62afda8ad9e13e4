// Attachments as link cards. Nothing is fetched from elsewhere until somebody follows the link.
import type { Attachment } from "@tutti/client";
import { FileText, Film, Image, Link2, Music } from "lucide-react";

/** An address that is safe to follow: http, https, or on this site. */
export function safeAddress(url: string): URL | null {
  if (!URL.canParse(url, window.location.origin)) return null;
  const parsed = new URL(url, window.location.origin);
  return parsed.protocol === "http:" || parsed.protocol === "https:" ? parsed : null;
}

function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export function AttachmentIcon({ type }: { type: string | undefined }) {
  const Icon = type?.startsWith("image/")
    ? Image
    : type?.startsWith("video/")
      ? Film
      : type?.startsWith("audio/")
        ? Music
        : type === undefined
          ? Link2
          : FileText;
  return <Icon size={16} aria-hidden className="shrink-0 text-ink-faint" />;
}

export function Attachments({ attachments }: { attachments: readonly Attachment[] }) {
  if (attachments.length === 0) return null;
  return (
    <ul aria-label="Attachments" className="mt-1 flex flex-wrap gap-1.5">
      {attachments.map((attachment, index) => {
        const address = safeAddress(attachment.url);
        const details = [address?.hostname, attachment.size === undefined ? null : sizeWords(attachment.size)];
        const card = (
          <>
            <AttachmentIcon type={attachment.mime_type} />
            <span className="min-w-0">
              <span className="block truncate text-sm leading-4.5 font-medium">{attachment.name ?? attachment.url}</span>
              <span className="block truncate text-xs leading-4 text-ink-faint">{details.filter(Boolean).join(" · ")}</span>
            </span>
          </>
        );
        const frame = "flex h-11.5 max-w-80 items-center gap-2.5 rounded-lg border border-line px-3";
        return (
          <li key={index} className="min-w-0">
            {address === null ? (
              <span className={frame}>{card}</span>
            ) : (
              <a href={address.href} target="_blank" rel="noopener noreferrer" className={`${frame} hover:bg-hover`}>
                {card}
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}
