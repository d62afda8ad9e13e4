// Keeps what waits in the send queue where it survives the page, and brings back what an earlier page left behind.
// Never in the way of sending: when the storage fails, the messages are kept in memory only, and the log says so. What it may
// still have is forgotten all the same, as well as that goes.

import { type Clock, inTime } from "../connection/clock";
import type { Log } from "../log";
import type { OutboxEntry, OutboxStorage } from "./storage";

/** A storage that has not answered by then is given up. */
export const STORAGE_TIMEOUT_MS = 5000;

export interface OutboxOptions {
  /** null: in memory only. */
  storage: OutboxStorage | null;
  clock: Clock;
  log: Log;
  /** How many more messages may wait. */
  room(): number;
  /** An earlier page, or another that has ended, left this message. */
  restored(entry: OutboxEntry): void;
}

export class Outbox {
  /** The storage is not to be relied on: nothing more is put there or taken over. */
  #failed = false;
  #owner: string | null = null;
  /** Counts sessions, so that what was asked for in one has no effect on the next, were it the same user's. */
  #session = 0;
  /** Not written yet: what to keep, or null to forget. */
  readonly #changes = new Map<string, OutboxEntry | null>();
  /** What the storage has, or is about to have. */
  readonly #kept = new Set<string>();
  /** One operation at a time, so that a message is never forgotten before it is kept. */
  #last: Promise<void> = Promise.resolve();
  #writing = false;
  #claiming = false;

  constructor(private readonly options: OutboxOptions) {}

  /** Whether it is known whose messages these are. */
  get isOpen(): boolean {
    return this.#owner !== null;
  }

  /** The user is known, or connected again: takes over what was left behind, and begins to write. */
  open(owner: string): void {
    const claiming = this.#claiming && owner === this.#owner;
    const session = this.#session;
    this.#owner = owner;
    this.#flush();
    if (claiming) return;
    this.#claiming = true;
    this.#run(async (storage) => {
      if (this.#failed) return;
      const left = await storage.claim(owner, this.options.room());
      if (this.#session === session && !this.#failed) for (const entry of left) this.#restore(entry);
    }, () => {
      this.#claiming = false;
    });
  }

  keep(entry: OutboxEntry): void {
    if (this.options.storage === null || this.#failed || this.#kept.has(entry.clientId)) return;
    this.#kept.add(entry.clientId);
    this.#changes.set(entry.clientId, entry);
    this.#flush();
  }

  forget(clientId: string): void {
    if (!this.#kept.delete(clientId)) return;
    // What was never written needs no deleting.
    if (this.#changes.get(clientId)) this.#changes.delete(clientId);
    else this.#changes.set(clientId, null);
    this.#flush();
  }

  /** The end of the session: nothing of this user stays behind. */
  clear(): void {
    const owner = this.#owner;
    this.#owner = null;
    this.#session++;
    this.#changes.clear();
    this.#kept.clear();
    if (owner !== null) this.#run((storage) => storage.clear(owner));
  }

  #restore(entry: OutboxEntry): void {
    // What is on its way already, or has arrived since the storage was asked, is not left behind.
    if (this.#kept.has(entry.clientId) || this.#changes.has(entry.clientId)) return;
    this.#kept.add(entry.clientId);
    this.options.restored(entry);
  }

  #flush(): void {
    if (this.#owner === null || this.#writing || this.#changes.size === 0) return;
    this.#writing = true;
    const [owner, session] = [this.#owner, this.#session];
    this.#run(async (storage) => {
      if (this.#session !== session) return;
      const changes = [...this.#changes];
      this.#changes.clear();
      const keep = changes.flatMap(([, entry]) => entry ?? []);
      const forget = changes.flatMap(([clientId, entry]) => (entry === null ? clientId : []));
      await storage.write(owner, keep, forget);
    }, () => {
      this.#writing = false;
      this.#flush();
    });
  }

  #run(operation: (storage: OutboxStorage) => Promise<void>, ended: () => void = () => undefined): void {
    this.#last = this.#last.then(async () => {
      try {
        const { storage, clock } = this.options;
        if (storage !== null) await inTime(clock, STORAGE_TIMEOUT_MS, operation(storage), () => new Error("the storage does not answer"));
      } catch (error) {
        this.#giveUp(error);
      }
      ended();
    });
  }

  #giveUp(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    for (const [clientId, entry] of this.#changes) if (entry !== null) this.#changes.delete(clientId);
    this.options.log.warn("messages waiting to be sent are kept in memory only", error);
  }
}
