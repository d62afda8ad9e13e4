// All connections, and who of them is told what. Leaves to the domains what there is to tell.

import type { ServerFrame } from "@tutti/client";
import type { Connection } from "./connection";

export class Hub {
  readonly #open = new Map<string, Connection>();

  /** The open sessions of a user, the oldest first. */
  of(user: string): Connection[] {
    return [...this.#open.values()].filter((connection) => connection.user === user);
  }

  /** Every open session. */
  all(): Connection[] {
    return [...this.#open.values()];
  }

  add(connection: Connection): void {
    this.#open.set(connection.id, connection);
  }

  remove(connection: Connection): void {
    this.#open.delete(connection.id);
  }

  /** Tells every connection of these users, but for one. */
  tellUsers(users: readonly string[], frame: ServerFrame, except: string | null = null): void {
    for (const connection of this.all()) {
      if (connection.user !== null && users.includes(connection.user) && connection.id !== except) connection.tell(frame);
    }
  }

  /** Tells these connections, but for one. */
  tell(connections: Iterable<string>, frame: ServerFrame, except: string | null = null): void {
    for (const id of connections) if (id !== except) this.#open.get(id)?.tell(frame);
  }

  /** Tells whoever follows a user. */
  tellFollowers(user: string, frame: ServerFrame): void {
    for (const connection of this.all()) if (connection.follows.has(user)) connection.tell(frame);
  }

  /** A user and those of `others` whom they no longer know cease to follow each other. */
  part(user: string, others: readonly string[]): void {
    for (const connection of this.of(user)) for (const other of others) connection.follows.delete(other);
    for (const other of others) for (const connection of this.of(other)) connection.follows.delete(user);
  }
}
