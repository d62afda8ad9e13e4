// Where messages that wait to be sent are kept while the page is away: the contract, and one that keeps them in memory.
// Leaves what is done with them to outbox.ts, and the browser's own storage to indexed-db.ts.

import type { Draft } from "../chat/pending";

/** A message that waits to be sent, as it is kept. Plain data. */
export interface OutboxEntry {
  clientId: string;
  conversationId: string;
  draft: Draft;
  /** When it was written, in milliseconds since 1970; later than whatever the same client wrote before. */
  createdAt: number;
}

/** Any operation may reject; the messages are then kept in memory only. `owner` stands for one user at one server. */
export interface OutboxStorage {
  /** Takes over at most `limit` entries that no other living page looks after, those written first. */
  claim(owner: string, limit: number): Promise<readonly OutboxEntry[]>;
  /** Keeps some and forgets others, all or nothing. */
  write(owner: string, keep: readonly OutboxEntry[], forget: readonly string[]): Promise<void>;
  /** Forgets everything of this owner, except what another living page looks after. */
  clear(owner: string): Promise<void>;
}

/** Keeps them as long as this object lives: for tests, and for clients that follow one another in one process. */
export function memoryOutbox(): OutboxStorage {
  const owners = new Map<string, Map<string, OutboxEntry>>();
  const entriesOf = (owner: string): Map<string, OutboxEntry> => {
    const entries = owners.get(owner) ?? new Map<string, OutboxEntry>();
    owners.set(owner, entries);
    return entries;
  };
  return {
    claim: async (owner, limit) => [...entriesOf(owner).values()].sort(byAge).slice(0, limit),
    write: async (owner, keep, forget) => {
      const entries = entriesOf(owner);
      for (const entry of keep) entries.set(entry.clientId, entry);
      for (const clientId of forget) entries.delete(clientId);
    },
    clear: async (owner) => void owners.delete(owner),
  };
}

export function byAge(a: OutboxEntry, b: OutboxEntry): number {
  return a.createdAt - b.createdAt;
}
