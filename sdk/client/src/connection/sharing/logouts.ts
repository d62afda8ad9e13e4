// How the tabs of a browser hear that their user has logged out in another one, connected or not. Leaves forgetting to the client.

import type { Environment, Pipe } from "./environment";

export interface LogoutsOptions {
  /** Base address of the server, without a slash at its end. */
  server: string;
  /** Null where there are no other tabs, or nothing is shared with them. */
  environment: Environment | null;
  /** This user has logged out in another tab. */
  heard(user: string): void;
}

export class Logouts {
  #pipe: Pipe | null = null;

  constructor(private readonly options: LogoutsOptions) {}

  /** Hears of logouts until `stop` or `tell`. */
  listen(): void {
    const { server, environment, heard } = this.options;
    this.#pipe ??= environment?.broadcast(`tutti.logout.1 ${server}`) ?? null;
    if (this.#pipe === null) return;
    this.#pipe.onmessage = ({ data }) => {
      if (typeof data === "string") heard(data);
    };
  }

  /** This user has logged out here. */
  tell(user: string): void {
    this.listen();
    this.#pipe?.postMessage(user);
    this.stop();
  }

  stop(): void {
    this.#pipe?.close();
    this.#pipe = null;
  }
}
