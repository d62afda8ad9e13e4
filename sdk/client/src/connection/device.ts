// Watches the network and the page as long as there is, or shall be, a connection, and notices when nobody has looked for long.
// Leaves to the machine what follows from it.

import { type Clock, LONGEST_TIMER_MS, Timer } from "./clock";
import type { NetworkEvent, NetworkStatus } from "./network";

export interface DeviceWatchOptions {
  network: NetworkStatus;
  clock: Clock;
  /** How long the page may be hidden before `pause` is told; `Infinity` for ever. */
  pauseAfterHiddenMs: number;
  tell(event: Exclude<NetworkEvent, "hidden"> | "pause"): void;
}

export class DeviceWatch {
  readonly #hidden: Timer;
  #stop: (() => void) | null = null;

  constructor(private readonly options: DeviceWatchOptions) {
    this.#hidden = new Timer(options.clock);
  }

  get watching(): boolean {
    return this.#stop !== null;
  }

  start(): void {
    const { network } = this.options;
    this.#stop = network.subscribe((event) => this.#noticed(event));
    if (network.hidden?.() === true) this.#noticed("hidden");
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
    this.#hidden.stop();
  }

  #noticed(event: NetworkEvent): void {
    if (event === "hidden") return this.#pauseLater();
    if (event === "visible") this.#hidden.stop();
    this.options.tell(event);
  }

  #pauseLater(): void {
    const { pauseAfterHiddenMs, tell } = this.options;
    if (pauseAfterHiddenMs <= LONGEST_TIMER_MS) this.#hidden.set(pauseAfterHiddenMs, () => tell("pause"));
  }
}
