// A browser with many tabs: Web Locks and channels between them, and a SharedWorker. Tabs can be closed, crash or freeze.
// Messages take a turn of the event loop. Leaves what tabs say to each other to the code under test.

import type { Environment, Pipe } from "../../src/connection/sharing/environment";

type Held = () => Promise<unknown>;

interface Request {
  name: string;
  grant(): void;
  reject(): void;
}

/** One lock: who has it, and who waits. */
class FakeLock {
  holder: Request | null = null;
  waiting: Request[] = [];

  next(): void {
    this.holder = null;
    // A frozen page is granted what it asked for, and notices later.
    const request = this.waiting.shift();
    if (request === undefined) return;
    this.holder = request;
    request.grant();
  }
}

export class FakeBrowser {
  readonly locks = new Map<string, FakeLock>();
  readonly channels = new Set<FakeChannel>();
  #ids = 0;

  page(): FakePage {
    return new FakePage(this, () => `id${++this.#ids}`);
  }

  lock(name: string): FakeLock {
    const lock = this.locks.get(name) ?? new FakeLock();
    this.locks.set(name, lock);
    return lock;
  }

  get holders(): Request[] {
    return [...this.locks.values()].flatMap(({ holder }) => holder ?? []);
  }

  /** Locks that somebody has or waits for. */
  get lockCount(): number {
    return [...this.locks.values()].filter((lock) => lock.holder !== null || lock.waiting.length > 0).length;
  }
}

/** A page, which is the environment of what runs in it; or a SharedWorker. */
export class FakePage implements Environment {
  alive = true;
  #frozen = false;
  #missed: (() => void)[] = [];
  readonly #requests = new Set<{ lock: FakeLock; request: Request }>();

  constructor(private readonly browser: FakeBrowser, readonly id: () => string) {}

  /** Its `navigator.locks`. */
  readonly locks: Pick<LockManager, "request" | "query"> = {
    // What is called with options, and without.
    request: ((name: string, ...rest: [LockOptions, Held] | [Held]) => (rest.length === 1 ? this.#lock(name, {}, rest[0]) : this.#lock(name, ...rest))) as LockManager["request"],
    query: async () => ({ held: this.browser.holders.map(({ name }) => ({ name })) }),
  };

  broadcast(name: string): Pipe {
    return new FakeChannel(this, this.browser, name);
  }

  /** Runs what the event loop brings; later if the page is frozen, never if it is gone. */
  later(task: () => void): void {
    queueMicrotask(() => {
      if (!this.alive) return;
      if (this.#frozen) this.#missed.push(task);
      else task();
    });
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    for (const task of this.#missed.splice(0)) this.later(task);
  }

  /** Closed or crashed: nothing of it runs any more, and its locks are free. */
  die(): void {
    this.alive = false;
    for (const { lock, request } of this.#requests) {
      lock.waiting = lock.waiting.filter((other) => other !== request);
      if (lock.holder === request) lock.next();
    }
    for (const channel of this.browser.channels) if (channel.page === this) channel.close();
  }

  #lock(name: string, { signal, steal }: LockOptions, held: Held): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const lock = this.browser.lock(name);
      const aborted = (): Error => new DOMException("aborted", "AbortError");
      const released = (settle: () => void): void => {
        settle();
        if (lock.holder === request) lock.next();
      };
      const request: Request = {
        name,
        grant: () => this.later(() => void held().then((value) => released(() => resolve(value)), (error: unknown) => released(() => reject(error)))),
        reject: () => this.later(() => reject(aborted())),
      };
      this.#requests.add({ lock, request });
      signal?.addEventListener("abort", () => {
        lock.waiting = lock.waiting.filter((other) => other !== request);
        if (lock.holder !== request) reject(aborted());
      });
      if (steal === true) {
        lock.holder?.reject();
        lock.waiting.unshift(request);
        lock.next();
      } else {
        lock.waiting.push(request);
        if (lock.holder === null) lock.next();
      }
    });
  }
}

export class FakeChannel implements Pipe {
  onmessage: ((event: MessageEvent<unknown>) => void) | null = null;

  constructor(readonly page: FakePage, private readonly browser: FakeBrowser, readonly name: string) {
    browser.channels.add(this);
  }

  postMessage(message: unknown): void {
    if (!this.browser.channels.has(this)) throw new DOMException("the channel is closed", "InvalidStateError");
    const copy: unknown = structuredClone(message);
    for (const other of this.browser.channels) if (other !== this && other.name === this.name) other.deliver(copy);
  }

  deliver(message: unknown): void {
    this.page.later(() => {
      if (this.browser.channels.has(this)) this.onmessage?.({ data: message } as MessageEvent<unknown>);
    });
  }

  close(): void {
    this.browser.channels.delete(this);
  }
}
