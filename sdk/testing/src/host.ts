// What connections ask of the server: who is there, what their frames come to, and the faults that a test asked for.
// Leaves commands to `commands.ts` and frames as texts to the connection.

import type { Clock, ServerFrame } from "@tutti/client";
import { replay } from "./chat/replay";
import { carryOut, welcome } from "./commands";
import type { Connection, Host } from "./connections/connection";
import { type Caller, verify } from "./connections/tokens";
import { chatFrame, type Domains } from "./domains";
import type { Faults } from "./faults";
import type { Records } from "./records";
import type { Request } from "./wire/requests";

export class ServerHost implements Host {
  readonly clock: Clock;

  constructor(
    private readonly domains: Domains,
    private readonly faults: Faults,
    private readonly records: Records,
    private readonly maxConnectionsPerUser: number,
  ) {
    this.clock = domains.clock;
  }

  delayMs(): number {
    return this.faults.delayMs;
  }

  authenticate(token: string): Caller {
    this.faults.check("auth");
    const caller = verify(token, this.clock);
    this.domains.directory.seen(caller.user, caller.name);
    return caller;
  }

  enter(connection: Connection, caller: Caller, request: Request & { type: "auth" }): number | null {
    if (this.domains.hub.of(caller.user).length >= this.maxConnectionsPerUser) return 4029;
    this.records.frames.add(caller.user, request);
    const since = request.resume?.since ?? null;
    const missed = replay(this.domains.chat, caller.user, since);
    this.domains.joined(connection, caller.user);
    if (this.faults.drops("auth")) return null;
    connection.tell({ type: "welcome", ...welcome(this.domains, connection, caller, since, missed) });
    for (const event of missed.events) connection.tell(chatFrame(event));
    return null;
  }

  answer(connection: Connection, caller: Caller, request: Request): ServerFrame | null {
    this.records.frames.add(caller.user, request);
    this.domains.rates.check("frame", caller.user);
    if (request.type !== "auth") this.faults.check(request.type);
    const reply = carryOut(this.domains, { caller, connection }, request);
    return this.faults.drops(request.type) ? null : reply;
  }

  left(connection: Connection, caller: Caller, goodbye: boolean): void {
    this.domains.left(connection, caller.user, goodbye);
  }
}
