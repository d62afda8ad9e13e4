// The work of the tab that keeps the connection for the others, from the moment in which it has the lock: it answers who looks
// for a leader, and runs the hub. It goes on as long as any tab needs it. Leaves who leads to election.ts.

import type { Pipe } from "./environment";
import { Hub } from "./hub";
import { groupName, type Join, servePipe } from "./pipe";
import type { TabOptions } from "./tab-end";

/** What all tabs of a group hear. */
export type Call =
  /** Who keeps the connection? */
  | { type: "hello"; tab: string }
  /** I do: the answer to a tab, or to all when one begins. */
  | { type: "leading"; leader: string; to?: string }
  /** Then I come to you. */
  | (Join & { leader: string });

/** The channel between a tab and a leader. It names both, so that one who is no leader any more hears nothing. */
export function pipeName(leader: string, tab: string): string {
  return `tutti.pipe ${leader} ${tab}`;
}

export class Leadership {
  /** Resolves when nobody needs it any more. */
  readonly over: Promise<void>;
  readonly #id: string;
  readonly #calls: Pipe;
  #resolve = (): void => undefined;
  #hub: Hub | null = null;
  #released = false;

  constructor(private readonly options: Pick<TabOptions, "environment" | "clock" | "target" | "socket">) {
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#id = options.environment.id();
    this.#calls = options.environment.broadcast(groupName(options.target));
    this.#calls.onmessage = ({ data }) => this.#heard(data as Call);
    this.#call({ type: "leading", leader: this.#id });
  }

  /** Its own tab needs it no more. */
  release(): void {
    this.#released = true;
    this.#endIfIdle();
  }

  /** Another one has the lock. */
  deposed(): void {
    this.release();
    this.#calls.close();
    this.#hub?.moveAway();
  }

  #heard(call: Call): void {
    if (call.type === "hello") this.#call({ type: "leading", leader: this.#id, to: call.tab });
    if (call.type !== "join" || call.leader !== this.#id) return;
    const { environment } = this.options;
    servePipe(environment.broadcast(pipeName(this.#id, call.tab)), environment.locks, call, this.#theHub());
  }

  #theHub(): Hub {
    const { target, socket, clock } = this.options;
    this.#hub ??= new Hub({ server: target.server, user: target.user, socket, clock, ended: () => this.#hubEnded() });
    return this.#hub;
  }

  #hubEnded(): void {
    this.#hub = null;
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (!this.#released || this.#hub !== null) return;
    this.#calls.close();
    this.#resolve();
  }

  #call(call: Call): void {
    this.#calls.postMessage(call);
  }
}
