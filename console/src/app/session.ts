// Who is signed in in this window, and the client that speaks for them. Kept in sessionStorage, so that two windows can be
// two people and a reload stays signed in. The connection itself is the SDK's business.
import { createClient, type Store, type TuttiClient, type User } from "@tutti/client";
import { State } from "./state";

interface Kept {
  token: string;
  user: User | null;
  /** The name given to a development server, with which a fresh token can be asked for; none for a pasted token. */
  name: string | null;
  /** Asked for with that name. */
  roles?: readonly string[];
  expiresAt: string | null;
}

export interface SignedIn {
  client: TuttiClient;
  /** Known before the first connection when the token came from signing in by name. */
  user: User | null;
  /** The name given to a development server; null for a pasted token. */
  name: string | null;
}

const KEY = "tutti.session";

export class Session implements Store<SignedIn | null> {
  readonly #state = new State<SignedIn | null>(null);
  readonly #url: string;
  readonly #storage: Storage;

  constructor(url: string, storage: Storage) {
    this.#url = url;
    this.#storage = storage;
    const kept = this.#read();
    if (kept) this.#open(kept);
  }

  subscribe(listener: () => void): () => void {
    return this.#state.subscribe(listener);
  }

  snapshot(): SignedIn | null {
    return this.#state.snapshot();
  }

  /** A client that nobody is signed in to: for what a server says to anyone. */
  visitor(): TuttiClient {
    return createClient({ url: this.#url, token: "" });
  }

  /** In the place of whoever is signed in in this window, if anybody is; so does a token. */
  async signInByName(name: string, roles: readonly string[] = []): Promise<void> {
    const issued = await this.visitor().api.devSignIn(name, roles);
    this.#open({ token: issued.token, user: issued.user, name, roles, expiresAt: issued.expires_at });
  }

  signInWithToken(token: string): void {
    this.#open({ token, user: null, name: null, expiresAt: null });
  }

  signOut(): void {
    this.snapshot()?.client.logout();
    this.#forget();
  }

  #forget(): void {
    this.#storage.removeItem(KEY);
    this.#state.set(null);
  }

  #open(kept: Kept): void {
    const before = this.snapshot();
    this.#write(kept);
    const { name, roles = [] } = kept;
    let current = kept;
    let used = Date.parse(kept.expiresAt ?? "") < Date.now();
    // The kept token serves once; whenever the SDK asks again, it is because that one will not do any longer.
    const renewed = async (byName: string): Promise<string> => {
      if (used) {
        const issued = await this.visitor().api.devSignIn(byName, roles);
        current = { ...current, token: issued.token, user: issued.user, expiresAt: issued.expires_at };
        this.#write(current);
      }
      used = true;
      return current.token;
    };
    const token = name === null ? kept.token : () => renewed(name);
    const client = createClient({ url: this.#url, token, maxAttempts: Infinity });
    this.#state.set({ client, user: kept.user, name });
    // No goodbye: it would end the sessions of the same user in other windows, too.
    before?.client.disconnect();
    client.connection.subscribe(() => {
      const { user, signedOut } = client.connection.snapshot();
      if (this.snapshot()?.client !== client) return;
      // Also by another window of the same user.
      if (signedOut) this.#forget();
      if (user === null || user.id === this.snapshot()?.user?.id) return;
      current = { ...current, user };
      this.#write(current);
      this.#state.set({ client, user, name });
    });
    client.connect();
  }

  #read(): Kept | null {
    const text = this.#storage.getItem(KEY);
    if (text === null) return null;
    try {
      const value: unknown = JSON.parse(text);
      return isKept(value) ? value : null;
    } catch {
      return null;
    }
  }

  #write(kept: Kept): void {
    this.#storage.setItem(KEY, JSON.stringify(kept));
  }
}

function isKept(value: unknown): value is Kept {
  return typeof value === "object" && value !== null && "token" in value && typeof value.token === "string";
}
