// The access token: where it comes from, how long it is good, and who is named in it.
// Leaves to the driver when to ask for a fresh one, and to the server whether it is true.

import type { Clock } from "./clock";

/** A token is replaced this long before it expires, or at half of its life if that is short. */
export const REFRESH_MARGIN_MS = 60_000;

interface Claims {
  sub: string | null;
  /** When it expires, in milliseconds; null if it does not say. */
  exp: number | null;
}

export class TokenSource {
  readonly #provider: (() => Promise<string> | string) | null;
  #held: string | null;
  #heldSince = 0;
  #claims: Claims = { sub: null, exp: null };
  #pending: Promise<string> | null = null;
  /** What the server's clock is ahead of ours. */
  #skewMs = 0;

  constructor(token: string | (() => Promise<string> | string), private readonly clock: Clock) {
    this.#provider = typeof token === "function" ? token : null;
    this.#held = null;
    if (typeof token === "string") this.#hold(token);
  }

  /** Whether a fresh token can be had at all. */
  get renewable(): boolean {
    return this.#provider !== null;
  }

  /** The user id the token names, as far as it can be read. */
  get subject(): string | null {
    return this.#claims.sub;
  }

  /** How long until a fresh token should be asked for; null if that is unknown or impossible. */
  get refreshInMs(): number | null {
    if (this.#provider === null || this.#claims.exp === null) return null;
    const expiresAt = this.#claims.exp - this.#skewMs;
    const lifeMs = Math.max(0, expiresAt - this.#heldSince);
    return expiresAt - Math.min(REFRESH_MARGIN_MS, lifeMs / 2) - this.clock.now();
  }

  learnServerTime(serverTime: string): void {
    const server = Date.parse(serverTime);
    if (!Number.isNaN(server)) this.#skewMs = server - this.clock.now();
  }

  /** The held token, or a new one if it is about to expire or a fresh one is asked for. Callers at the same time share one. */
  get(fresh: boolean): Promise<string> {
    const due = this.refreshInMs;
    if (this.#held !== null && (this.#provider === null || (!fresh && (due === null || due > 0)))) return Promise.resolve(this.#held);
    this.#pending ??= this.#ask().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  async #ask(): Promise<string> {
    const token = await this.#provider?.();
    if (typeof token !== "string") throw new TypeError("The token function gave no token.");
    this.#hold(token);
    return token;
  }

  #hold(token: string): void {
    this.#held = token;
    this.#heldSince = this.clock.now();
    this.#claims = readClaims(token);
  }
}

function readClaims(token: string): Claims {
  try {
    const part = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (char) => char.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown; exp?: unknown };
    return {
      sub: typeof claims.sub === "string" ? claims.sub : null,
      exp: typeof claims.exp === "number" ? claims.exp * 1000 : null,
    };
  } catch {
    return { sub: null, exp: null };
  }
}
