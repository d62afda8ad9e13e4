// How tabs come in: who brings the token that the connection is opened with, what each is welcomed with, and which token counts.
//
// Who comes first brings the token and the position that the connection is opened with; who comes later is the same user (the
// token says so; all tabs are of one origin) and is welcomed here. A position that the connection began at or has passed since
// is resumed from the events kept here; with any other the tab is told `resumed: false` and loads afresh. Conversations that the
// server named in `reset` are named to every tab that resumes: more is loaded than must be, never less.
// Leaves the wire to the desk, and turning somebody away to the hub.

import type { Welcome } from "../../generated/protocol";
import type { Clock } from "../clock";
import { type Claims, NO_CLAIMS, readClaims } from "../token";
import { type Asked, type Desk, type Tab, withoutRef } from "./desk";
import { EventLog } from "./recent";

export interface DoorOptions {
  /** The user id that every tab's token must name. */
  user: string;
  clock: Clock;
}

/** What a welcomed connection knows. */
interface Session {
  welcome: Welcome;
  events: EventLog;
  /** What the server's clock is ahead of ours. */
  skewMs: number;
}

export class Door {
  #presenter: Tab | null = null;
  /** Of the token that counts at the server. */
  #claims: Claims = NO_CLAIMS;
  #session: Session | null = null;

  constructor(private readonly desk: Desk, private readonly options: DoorOptions) {}

  /** The tab whose token the connection is opened with. */
  get presenter(): Tab | null {
    return this.#presenter;
  }

  /** What has happened since the welcome; null before it. */
  get events(): EventLog | null {
    return this.#session?.events ?? null;
  }

  /** Now, by the server's clock. */
  serverTime(): string {
    return new Date(this.options.clock.now() + (this.#session?.skewMs ?? 0)).toISOString();
  }

  /** A tab's first `auth`. False: it is another user's. */
  knock(tab: Tab, command: Asked<"auth">): boolean {
    const claims = readClaims(command.token);
    if (claims.sub !== this.options.user) return false;
    tab.knocking = command;
    if (this.#session !== null) {
      if (this.#isNewer(claims)) this.#forwardToken(null, command, claims);
      this.#admit(tab, this.#session);
    } else if (this.#presenter === null) {
      this.#presenter = tab;
      this.#claims = claims;
      this.desk.send(withoutRef(command));
    }
    return true;
  }

  /** A fresh token. An older one than the server has would only shorten the session of the others. */
  renew(tab: Tab, command: Asked<"auth">): void {
    const claims = readClaims(command.token);
    if (claims.sub !== this.options.user) {
      return this.desk.answer(tab, command.ref, { type: "error", code: "forbidden", message: "the token belongs to another user", retryable: false });
    }
    if (this.#isNewer(claims) || this.#claims.exp === null) return this.#forwardToken(tab, command, claims);
    this.desk.answer(tab, command.ref, { type: "auth_ok", expires_at: new Date(this.#claims.exp).toISOString() });
  }

  /** The server let the presenter in, and with it every tab that has knocked. */
  welcomed(welcome: Welcome, tabs: Iterable<Tab>): void {
    const start = welcome.resumed ? (this.#presenter?.knocking?.resume?.since ?? welcome.since) : welcome.since;
    const serverTime = Date.parse(welcome.server_time);
    const skewMs = Number.isNaN(serverTime) ? 0 : serverTime - this.options.clock.now();
    this.#session = { welcome, events: new EventLog(start), skewMs };
    for (const tab of [...tabs]) if (tab.knocking !== null) this.#admit(tab, this.#session);
  }

  #admit(tab: Tab, { welcome, events }: Session): void {
    const position = tab.knocking?.resume?.since;
    const missed = position === undefined ? null : events.after(position);
    tab.knocking = null;
    tab.welcomed = true;
    const reset = missed === null ? [] : welcome.reset;
    this.desk.push(tab, { ...welcome, type: "welcome", server_time: this.serverTime(), resumed: missed !== null, reset, since: events.latest });
    for (const event of missed ?? []) this.desk.push(tab, event);
  }

  #isNewer(claims: Claims): boolean {
    return claims.exp !== null && claims.exp > (this.#claims.exp ?? 0);
  }

  #forwardToken(tab: Tab | null, { token, ref }: Asked<"auth">, claims: Claims): void {
    this.desk.forward(tab, { type: "auth", token, ...(ref === undefined ? {} : { ref }) }, (reply) => {
      if (reply.type === "auth_ok" && this.#isNewer(claims)) this.#claims = claims;
    });
  }
}
