// Runs one loading task at a time: once more if asked for meanwhile, and again later after a failure that may pass.
// Leaves what is loaded to the task.

import { type Clock, Timer } from "./connection/clock";
import { asTuttiError, type TuttiError } from "./errors";

export const REFRESH_AGAIN_MS = 5000;

export class Refresher {
  readonly #again: Timer;
  #running = false;
  #wanted = false;
  #stopped = false;

  /** `failed` is told of failures that will not pass by themselves. */
  constructor(clock: Clock, private readonly task: () => Promise<void>, private readonly failed: (error: TuttiError) => void) {
    this.#again = new Timer(clock);
  }

  request(): void {
    this.#stopped = false;
    this.#wanted = true;
    if (!this.#running) void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#wanted = false;
    this.#again.stop();
  }

  async #run(): Promise<void> {
    this.#again.stop();
    this.#running = true;
    while (this.#wanted) {
      this.#wanted = false;
      try {
        await this.task();
      } catch (thrown) {
        this.#failed(asTuttiError(thrown));
      }
    }
    this.#running = false;
  }

  #failed(error: TuttiError): void {
    if (this.#stopped) return;
    if (error.retryable) this.#again.set(error.retryAfterMs ?? REFRESH_AGAIN_MS, () => this.request());
    else this.failed(error);
  }
}
