// Who is typing where. Ends by itself; saying it again while typing only puts the end off. Leaves who may to the commands.

import type { Clock, Typing } from "@tutti/client";

/** After how long typing ends by itself. */
export const TYPING_MS = 6000;
/** How many typists a conversation shows. */
export const MOST_TYPISTS = 50;

export class TypingBook {
  /** By conversation and user: how to call off the end. */
  readonly #ends = new Map<string, Map<string, () => void>>();

  constructor(private readonly clock: Clock, private readonly tell: (change: Typing, except: string | null) => void) {}

  /** A user says whether they are typing; `except` is the connection that says so. */
  set(conversation: string, user: string, isTyping: boolean, except: string | null): void {
    if (isTyping) this.#start(conversation, user, except);
    else this.#stop(conversation, user, except);
  }

  /** A user's last connection is gone. */
  stopAll(user: string): void {
    for (const conversation of [...this.#ends.keys()]) this.#stop(conversation, user, null);
  }

  clear(): void {
    for (const typists of this.#ends.values()) for (const cancel of typists.values()) cancel();
    this.#ends.clear();
  }

  #start(conversation: string, user: string, except: string | null): void {
    const typists = this.#ends.get(conversation) ?? new Map<string, () => void>();
    const known = typists.get(user);
    if (known === undefined && typists.size >= MOST_TYPISTS) return;
    known?.();
    this.#ends.set(conversation, typists);
    typists.set(user, this.clock.after(TYPING_MS, () => this.#stop(conversation, user, null)));
    if (known === undefined) this.tell({ conversation_id: conversation, user_id: user, is_typing: true }, except);
  }

  #stop(conversation: string, user: string, except: string | null): void {
    const typists = this.#ends.get(conversation);
    const cancel = typists?.get(user);
    if (typists === undefined || cancel === undefined) return;
    cancel();
    typists.delete(user);
    if (typists.size === 0) this.#ends.delete(conversation);
    this.tell({ conversation_id: conversation, user_id: user, is_typing: false }, except);
  }
}
