// Who of the tabs keeps the connection, where there is no SharedWorker: the one that holds a Web Lock. Every tab queues for it,
// so that the next one takes over in the moment in which a leader is closed or crashes, and says so to the others. A leader
// that does not answer (frozen, or busy for long) has the lock taken away. Whatever happens, tabs that were with another leader
// are closed with "reconnect now" and resume from their position.
// Leaves what is said between a tab and its hub to pipe.ts, and the leader's work to leadership.ts.

import { type FrameData, RECONNECT_NOW_CODE, type Socket } from "../transport";
import type { Pipe } from "./environment";
import { MOVED } from "./hub";
import { type Call, Leadership, pipeName } from "./leadership";
import { groupName } from "./pipe";
import { TabEnd, type TabOptions } from "./tab-end";

/** A tab's socket: stands for leadership, and talks to whoever leads, be it itself. */
export class ElectedSocket implements Socket {
  readonly #tab: TabEnd;
  readonly #candidacy = new AbortController();
  #calls: Pipe | null = null;
  #leader: string | null = null;
  #leadership: Leadership | null = null;

  constructor(private readonly options: TabOptions) {
    this.#tab = new TabEnd(options, { begin: () => this.#begin(), silent: () => this.#takeOver(), ended: () => this.#ended() });
  }

  send(data: FrameData): void {
    this.#tab.send(data);
  }

  close(code: number): void {
    this.#tab.close(code);
  }

  #begin(): void {
    const { environment, target } = this.options;
    this.#calls = environment.broadcast(groupName(target));
    this.#calls.onmessage = ({ data }) => this.#heard(data as Call);
    this.#call({ type: "hello", tab: this.#tab.id });
    this.#stand({ signal: this.#candidacy.signal });
  }

  #stand(how: { signal: AbortSignal } | { steal: true }): void {
    let mine: Leadership | null = null;
    const { environment, target } = this.options;
    environment.locks.request(`${groupName(target)} leader`, how, () => {
      if (this.#tab.over) return Promise.resolve();
      this.#leadership = mine = new Leadership(this.options);
      return mine.over;
    }).catch(() => mine?.deposed());
  }

  /** Nobody answered. */
  #takeOver(): void {
    this.#candidacy.abort();
    this.#tab.hangUp();
    this.#leader = null;
    this.#tab.wait();
    this.#stand({ steal: true });
  }

  #heard(call: Call): void {
    if (call.type !== "leading" || (call.to !== undefined && call.to !== this.#tab.id)) return;
    if (this.#leader === null) this.#join(call.leader);
    else if (call.to === undefined && call.leader !== this.#leader) this.#tab.closed(RECONNECT_NOW_CODE, MOVED);
  }

  #join(leader: string): void {
    this.#leader = leader;
    this.#tab.talkOver(this.options.environment.broadcast(pipeName(leader, this.#tab.id)));
    this.#call({ ...this.#tab.join, leader });
  }

  #call(call: Call): void {
    this.#calls?.postMessage(call);
  }

  #ended(): void {
    this.#calls?.close();
    this.#candidacy.abort();
    this.#leadership?.release();
  }
}
