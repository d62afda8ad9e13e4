// Reading a message's text: where its links and mentions are. The text itself stays text; nothing here makes markup.

export type Segment =
  | { kind: "text"; text: string }
  | { kind: "mention"; text: string }
  | { kind: "link"; text: string; href: string };

const URL_PATTERN = /https?:\/\/[^\s<>"]+/giu;

export function segmentsOf(text: string, mentionedNames: readonly string[]): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const match of text.matchAll(URL_PATTERN)) {
    const link = trimLink(match[0]);
    if (!URL.canParse(link)) continue;
    segments.push(...mentionsIn(text.slice(at, match.index), mentionedNames));
    segments.push({ kind: "link", text: link, href: link });
    at = match.index + link.length;
  }
  segments.push(...mentionsIn(text.slice(at), mentionedNames));
  return segments;
}

/** Leaves the punctuation of the sentence out of the link, and a bracket that was opened before it. */
function trimLink(link: string): string {
  let end = link.length;
  for (;;) {
    const last = link[end - 1];
    if (last === undefined) return "";
    const unbalanced = last === ")" && !link.slice(0, end - 1).includes("(");
    if (!unbalanced && !".,;:!?'”’*".includes(last)) return link.slice(0, end);
    end -= 1;
  }
}

function mentionsIn(text: string, names: readonly string[]): Segment[] {
  const segments: Segment[] = [];
  let plain = 0;
  for (const { start, end } of findMentions(text, names)) {
    if (start > plain) segments.push({ kind: "text", text: text.slice(plain, start) });
    segments.push({ kind: "mention", text: text.slice(start, end) });
    plain = end;
  }
  if (plain < text.length) segments.push({ kind: "text", text: text.slice(plain) });
  return segments;
}

/** Every `@Name` of these names, the longest name first where several fit. */
export function findMentions(text: string, names: readonly string[]): { start: number; end: number; name: string }[] {
  const byLength = [...names].sort((a, b) => b.length - a.length);
  const found: { start: number; end: number; name: string }[] = [];
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    if (isWord(text[at - 1])) continue;
    const name = byLength.find((candidate) => {
      const end = at + 1 + candidate.length;
      return text.slice(at + 1, end).toLocaleLowerCase() === candidate.toLocaleLowerCase() && !isWord(text[end]);
    });
    if (name === undefined) continue;
    found.push({ start: at, end: at + 1 + name.length, name });
  }
  return found;
}

function isWord(char: string | undefined): boolean {
  return char !== undefined && /[\p{L}\p{N}_]/u.test(char);
}
