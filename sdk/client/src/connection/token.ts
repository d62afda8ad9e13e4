// The access token: where it comes from, how long it is good, and who is named in it.
// Leaves to the driver when to ask for a fresh one, and to the server whether it is true.

import { localError, sessionEnded } from "../errors";
import { type Clock, inTime } from "./clock";

/** A token is replaced this long before it expires, or at half of its life if that is short. */
export const REFRESH_MARGIN_MS = 60_000;

/** A token function that has not answered by then is asked anew by whoever needs a token next. */
export const TOKEN_TIMEOUT_MS = 15_000;

/** What a token says, as far as it can be read. */
export interface Claims {
  sub: string | null;
  name: string | null;
  /** When it expires, in milliseconds; null if it does not say. */
  exp: number | null;
}

/** Of a token that cannot be read. */
export const NO_CLAIMS: Claims = { sub: null, name: null, exp: null };

export class TokenSource {
  readonly #provider: (() => Promise<string> | string) | null;
  #held: string | null;
  #heldSince = 0;
  #claims: Claims = NO_CLAIMS;
  #pending: Promise<string> | null = null;
  /** What the server's clock is ahead of ours. */
  #skewMs = 0;
  /** Counts sessions, so that a token asked for in one does not open the next. */
  #session = 0;

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
    const pending = (this.#pending ??= this.#ask().finally(() => {
      if (this.#pending === pending) this.#pending = null;
    }));
    return pending;
  }

  /** The session has ended, and the next one may be another user's: a token function is asked anew. */
  forget(): void {
    if (this.#provider === null) return;
    this.#session++;
    this.#held = null;
    this.#claims = NO_CLAIMS;
    this.#pending = null;
  }

  async #ask(): Promise<string> {
    const session = this.#session;
    const token = await inTime(this.clock, TOKEN_TIMEOUT_MS, this.#provider?.(), () => localError("timeout", "the token function does not answer"));
    if (typeof token !== "string") throw new TypeError("The token function gave no token.");
    if (session !== this.#session) throw sessionEnded();
    this.#hold(token);
    return token;
  }

  #hold(token: string): void {
    this.#held = token;
    this.#heldSince = this.clock.now();
    this.#claims = readClaims(token);
  }
}

/** Reads a JWT without checking it, which is the server's business. */
export function readClaims(token: string): Claims {
  try {
    const part = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (char) => char.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown; name?: unknown; exp?: unknown };
    return {
      sub: typeof claims.sub === "string" ? claims.sub : null,
      name: typeof claims.name === "string" ? claims.name : null,
      exp: typeof claims.exp === "number" ? claims.exp * 1000 : null,
    };
  } catch {
    return NO_CLAIMS;
  }
}
