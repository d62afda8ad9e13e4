// Who listens to a channel: loaded page by page while it is subscribed, then kept by what the server tells.
// Leaves to the channel when it is subscribed, and to its options where pages come from.

import type { Clock } from "../connection/clock";
import { Refresher } from "../refresher";
import type { TuttiError } from "../errors";
import type { ChannelPresence, PageQuery } from "../generated/protocol";

export const MOST_MEMBERS = 1000;
const PAGE_SIZE = 100;

export interface MembersHooks {
  changed(members: readonly string[] | null): void;
  failed(error: TuttiError): void;
}

export class Members {
  readonly #loader: Refresher;
  readonly #here = new Set<string>();
  /** Who came (true) and went while pages are on their way. */
  #meanwhile: Map<string, boolean> | null = null;
  #wanted = false;

  constructor(clock: Clock, private readonly page: (query: PageQuery) => Promise<ChannelPresence>, private readonly hooks: MembersHooks) {
    this.#loader = new Refresher(clock, () => this.#load(), (error) => this.hooks.failed(error));
  }

  /** Loads them, now or at the next `resume`. */
  want(now: boolean): void {
    this.#wanted = true;
    if (now) this.#loader.request();
  }

  /** Subscribed again: comings and goings were missed. */
  resume(): void {
    if (this.#wanted) this.#loader.request();
  }

  pause(): void {
    this.#loader.stop();
  }

  forget(): void {
    this.pause();
    this.#wanted = false;
    this.#here.clear();
    this.hooks.changed(null);
  }

  note(userId: string, here: boolean): void {
    if (this.#meanwhile !== null) {
      this.#meanwhile.set(userId, here);
    } else if (this.#wanted) {
      this.#set(userId, here);
      this.#tell();
    }
  }

  async #load(): Promise<void> {
    const meanwhile = new Map<string, boolean>();
    this.#meanwhile = meanwhile;
    try {
      const loaded = await this.#pages();
      if (!this.#wanted) return;
      this.#here.clear();
      for (const userId of loaded) this.#set(userId, true);
      for (const [userId, here] of meanwhile) this.#set(userId, here);
      this.#tell();
    } finally {
      this.#meanwhile = null;
    }
  }

  async #pages(): Promise<string[]> {
    const loaded: string[] = [];
    let cursor: string | null = null;
    do {
      const page: ChannelPresence = await this.page({ limit: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) });
      loaded.push(...page.members.map((member) => member.user_id));
      cursor = page.next_cursor;
    } while (cursor !== null && loaded.length < MOST_MEMBERS);
    return loaded;
  }

  #set(userId: string, here: boolean): void {
    if (!here) this.#here.delete(userId);
    else if (this.#here.size < MOST_MEMBERS) this.#here.add(userId);
  }

  #tell(): void {
    this.hooks.changed([...this.#here].sort());
  }
}
