// One client for everything on a page that wants the same server as the same user, for as long as somebody wants it.
// Leaves to the client what it does.

import { createClient, type TuttiClient } from "./client";
import { systemClock } from "./connection/clock";
import { readClaims } from "./connection/token";
import type { ClientOptions } from "./options";

/** A client's options, and whose client it is. */
export interface SharedOptions extends ClientOptions {
  /** Whose client it is. Needed when `token` is a function; otherwise the user that the token names. */
  user?: string;
}

/** A hold on a client that others may hold too. */
export interface SharedClient {
  /** The client, connected. */
  readonly client: TuttiClient;
  /** To be called when the client is not needed any more. The last release disconnects it. A second call does nothing. */
  release(): void;
}

interface Entry {
  readonly client: TuttiClient;
  holders: number;
}

const entries = new Map<string, Entry>();

/**
 * The connected client of this server and user: made by the first call, whose options count, and given to every other.
 * Throws a TypeError when it cannot be told whose it is.
 */
export function sharedClient(options: SharedOptions): SharedClient {
  const key = keyOf(options);
  const entry = entries.get(key) ?? { client: createClient(options), holders: 0 };
  if (entry.holders === 0) entry.client.connect();
  entries.set(key, entry);
  entry.holders++;
  let held = true;
  return {
    client: entry.client,
    release: () => {
      if (held) release(key, entry, options);
      held = false;
    },
  };
}

function release(key: string, entry: Entry, { clock = systemClock }: SharedOptions): void {
  entry.holders--;
  // A view that is taken down is often set up again in the same moment.
  clock.after(0, () => {
    if (entry.holders > 0 || entries.get(key) !== entry) return;
    entries.delete(key);
    entry.client.disconnect();
  });
}

function keyOf({ url, token, user }: SharedOptions): string {
  const whose = user ?? (typeof token === "string" ? readClaims(token).sub : null);
  if (whose === null) throw new TypeError("sharedClient needs `user` when the token does not name one");
  return `${new URL(url).href.replace(/\/+$/, "")} ${whose}`;
}
