// Time, passed in so that tests can turn it by hand. Leaves to others what they wait for.

/** Time, and waiting for it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `task` after `ms`. Returns the way to call it off. */
  after(ms: number, task: () => void): () => void;
}

/** Longer waits overflow the browser's timers. */
export const LONGEST_TIMER_MS = 24 * 60 * 60 * 1000;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/** What `work` gives, if it comes within `ms`; otherwise rejects with what `late` says. */
export function inTime<T>(clock: Clock, ms: number, work: T | Promise<T>, late: () => Error): Promise<T> {
  const timer = new Timer(clock);
  const lateness = new Promise<never>((_resolve, reject) => timer.set(ms, () => reject(late())));
  return Promise.race([work, lateness]).finally(() => timer.stop());
}

/** One timer that is set anew, or called off, as a whole. */
export class Timer {
  #cancel: (() => void) | null = null;

  constructor(private readonly clock: Clock) {}

  set(ms: number, task: () => void): void {
    this.stop();
    this.#cancel = this.clock.after(ms, () => {
      this.#cancel = null;
      task();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  get running(): boolean {
    return this.#cancel !== null;
  }
}
