// The people who have signed in, and their display names.

import type { User } from "@tutti/client";
import { invalid } from "./refusal";

const MAX_DEV_NAME_CHARS = 64;
const MAX_DEV_ROLES = 16;

export class Directory {
  readonly #names = new Map<string, string | null>();

  /** Somebody signed in. A token without a name leaves the name that is known. */
  seen(user: string, name: string | null): void {
    this.#names.set(user, name ?? this.nameOf(user));
  }

  /** The display name, or null where none is known. */
  nameOf(user: string): string | null {
    return this.#names.get(user) ?? null;
  }

  /** People whose name or id starts like this, by name. */
  search(query: string, limit: number): User[] {
    const start = query.toLowerCase();
    const starts = (text: string | null): boolean => text !== null && text.toLowerCase().startsWith(start);
    const place = (user: User): string => (user.name ?? user.id).toLowerCase();
    const users = [...this.#names].map(([id, name]) => ({ id, name })).filter((user) => starts(user.id) || starts(user.name));
    return users.sort((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : a.id < b.id ? -1 : 1)).slice(0, limit);
  }
}

/** The user id that a name stands for when somebody signs in by it: lower case, with single dashes for everything else. */
export function userIdFrom(name: string): string {
  if (name === "" || [...name].length > MAX_DEV_NAME_CHARS) throw invalid("name", `a name has 1 to ${MAX_DEV_NAME_CHARS} characters`);
  const id = name.toLowerCase().replaceAll(/[^\p{Alphabetic}\p{N}]+/gu, "-").replaceAll(/^-|-$/g, "");
  if (id === "") throw invalid("name", "a name has letters or digits in it");
  return id;
}

/** The roles that somebody signs in with on a development server, once they are checked. */
export function checkedRoles(roles: readonly string[]): string[] {
  if (roles.length > MAX_DEV_ROLES) throw invalid("roles", `at most ${MAX_DEV_ROLES} roles`, MAX_DEV_ROLES);
  const tooLong = roles.some((role) => role === "" || [...role].length > MAX_DEV_NAME_CHARS);
  if (tooLong) throw invalid("roles", `a role has 1 to ${MAX_DEV_NAME_CHARS} characters`);
  return [...roles];
}
