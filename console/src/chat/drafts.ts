// Texts that were begun and not sent, kept while the page lives so that looking elsewhere loses nothing. They belong to a
// client, and go with it.
import type { TuttiClient } from "@tutti/client";

const drafts = new WeakMap<TuttiClient, Map<string, string>>();

export function draftsOf(client: TuttiClient): Map<string, string> {
  const known = drafts.get(client) ?? new Map<string, string>();
  drafts.set(client, known);
  return known;
}
