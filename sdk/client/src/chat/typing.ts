// Who is writing: telling the others (debounced), and knowing who of them is (expiring).
// Leaves the wire to `send`, and when to call to the view.

import { type Clock, Timer } from "../connection/clock";

/** Begun again this soon, it is told a little later, so that starts and stops do not follow one another faster. */
export const DEBOUNCE_MS = 500;
/** Told again while it goes on, and ended this long after the last key: both within the server's 6 s. */
export const REFRESH_MS = 3000;
export const IDLE_MS = 3000;
/** A little longer than the server's own 6 s, so that its word normally comes first. */
export const EXPIRY_MS = 7000;

/** Tells the others that the user writes: at once, again every 3 s while it goes on, and when it ended. */
export class OwnTyping {
  readonly #idle: Timer;
  readonly #debounce: Timer;
  #told = false;
  #toldAt = -Infinity;

  constructor(private readonly clock: Clock, private readonly send: (isTyping: boolean) => void) {
    this.#idle = new Timer(clock);
    this.#debounce = new Timer(clock);
  }

  set(isTyping: boolean): void {
    if (!isTyping) return this.#end();
    this.#idle.set(IDLE_MS, () => this.#end());
    const since = this.clock.now() - this.#toldAt;
    if (since >= (this.#told ? REFRESH_MS : DEBOUNCE_MS)) this.#tell();
    else if (!this.#told && !this.#debounce.running) this.#debounce.set(DEBOUNCE_MS - since, () => this.#tell());
  }

  #tell(): void {
    this.#told = true;
    this.#toldAt = this.clock.now();
    this.send(true);
  }

  #end(): void {
    this.#idle.stop();
    this.#debounce.stop();
    if (!this.#told) return;
    this.#told = false;
    this.send(false);
  }
}

/** The others who are writing now. */
export class OthersTyping {
  readonly #timers = new Map<string, Timer>();

  constructor(private readonly clock: Clock, private readonly changed: (userIds: readonly string[]) => void) {}

  set(userId: string, isTyping: boolean): void {
    if (!isTyping) return this.#remove(userId);
    const known = this.#timers.get(userId);
    const timer = known ?? new Timer(this.clock);
    timer.set(EXPIRY_MS, () => this.#remove(userId));
    if (known !== undefined) return;
    this.#timers.set(userId, timer);
    this.#tell();
  }

  clear(): void {
    for (const userId of [...this.#timers.keys()]) this.#remove(userId);
  }

  #remove(userId: string): void {
    const timer = this.#timers.get(userId);
    if (timer === undefined) return;
    timer.stop();
    this.#timers.delete(userId);
    this.#tell();
  }

  #tell(): void {
    this.changed([...this.#timers.keys()]);
  }
}
