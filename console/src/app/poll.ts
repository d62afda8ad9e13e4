// Asks for something again and again while somebody watches and the page is looked at. What is asked is the caller's business.
import { type Store, TuttiError } from "@tutti/client";
import { State } from "./state";

export interface Polled<T> {
  /** The latest answer; null before the first. It stays when a later question fails. */
  value: T | null;
  /** What went wrong with the latest question. */
  problem: TuttiError | null;
}

export class Poll<T> implements Store<Polled<T>> {
  readonly #state = new State<Polled<T>>({ value: null, problem: null });
  readonly #ask: () => Promise<T>;
  readonly #everyMs: number;
  #watchers = 0;
  #timer: number | undefined;
  /** Counts questions, so that the answer to an earlier one is known and dropped. */
  #round = 0;

  constructor(ask: () => Promise<T>, everyMs: number) {
    this.#ask = ask;
    this.#everyMs = everyMs;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const stop = this.#state.subscribe(listener);
    this.#watchers += 1;
    if (this.#watchers === 1) this.#start();
    return () => {
      stop();
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#stop();
    };
  };

  readonly snapshot = (): Polled<T> => this.#state.snapshot();

  /** Asks now. Never rejects: the snapshot says what went wrong. */
  readonly refresh = async (): Promise<void> => {
    window.clearTimeout(this.#timer);
    this.#round += 1;
    const round = this.#round;
    const { value, problem } = await this.#ask().then(
      (answer) => ({ value: answer, problem: null }),
      (thrown: unknown) => ({ value: this.snapshot().value, problem: asTuttiError(thrown) }),
    );
    if (round !== this.#round) return;
    this.#state.set({ value, problem });
    this.#schedule(problem);
  };

  #start(): void {
    document.addEventListener("visibilitychange", this.#look);
    this.#look();
  }

  #stop(): void {
    document.removeEventListener("visibilitychange", this.#look);
    this.#pause();
  }

  #pause(): void {
    window.clearTimeout(this.#timer);
    this.#round += 1;
  }

  readonly #look = (): void => {
    if (document.visibilityState === "visible") void this.refresh();
    else this.#pause();
  };

  /** Not again when it is forbidden: that changes only with another token. */
  #schedule(problem: TuttiError | null): void {
    if (this.#watchers === 0 || problem?.code === "forbidden") return;
    const waitMs = Math.max(this.#everyMs, problem?.retryAfterMs ?? 0);
    this.#timer = window.setTimeout(() => void this.refresh(), waitMs);
  }
}

function asTuttiError(thrown: unknown): TuttiError {
  return thrown instanceof TuttiError ? thrown : new TuttiError("internal", String(thrown));
}
