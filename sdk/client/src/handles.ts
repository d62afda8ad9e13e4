// One handle for one id, for as long as anybody has it: what is in use is held, the most recently asked for are kept so that
// coming back costs nothing, and everything else lives only as long as the application refers to it.
// Leaves to the handles what they are and when they are in use.

/** More entries than this are looked through for handles that nobody has any more. */
const LEAST_TO_SWEEP = 64;

export class Handles<T extends object> {
  readonly #known = new Map<string, WeakRef<T>>();
  readonly #recent = new Map<string, T>();
  readonly #used = new Set<T>();
  #sweepAt = LEAST_TO_SWEEP;

  /** `keep`: how many are kept though nobody uses them. A new handle says by `use` when it begins and ends to be in use. */
  constructor(private readonly keep: number, private readonly make: (id: string, use: (used: boolean) => void) => T) {}

  /** The handle of this id; always the same one while anybody has it. */
  get(id: string): T {
    const handle = this.find(id) ?? this.#create(id);
    this.#recent.delete(id);
    this.#recent.set(id, handle);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= this.keep) break;
      this.#recent.delete(oldest);
    }
    return handle;
  }

  find(id: string): T | undefined {
    return this.#known.get(id)?.deref();
  }

  /** Those that anybody still has. */
  values(): T[] {
    return [...this.#known.values()].flatMap((reference) => reference.deref() ?? []);
  }

  clear(): void {
    for (const handles of [this.#known, this.#recent, this.#used]) handles.clear();
  }

  /** How many ids are remembered, those of handles that are gone included. */
  get size(): number {
    return this.#known.size;
  }

  #create(id: string): T {
    if (this.#known.size >= this.#sweepAt) this.#sweep();
    const handle: T = this.make(id, (used) => {
      if (used) this.#used.add(handle);
      else this.#used.delete(handle);
    });
    this.#known.set(id, new WeakRef(handle));
    return handle;
  }

  #sweep(): void {
    for (const [id, reference] of this.#known) if (reference.deref() === undefined) this.#known.delete(id);
    this.#sweepAt = Math.max(LEAST_TO_SWEEP, 2 * this.#known.size);
  }
}
