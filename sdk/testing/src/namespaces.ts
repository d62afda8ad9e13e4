// What holds for the channels of a namespace, and who may do what there.

import type { Clock } from "@tutti/client";
import { Limiter, type Rate } from "./rates";
import { Refusal } from "./refusal";

/** A user with the roles of their token; null stands for a server of the application, which may do everything. */
export type Party = { user: string; roles: readonly string[] } | null;

/** Who may do something. */
export type Right = "anyone" | "nobody" | `role:${string}`;

/** As `[namespaces.NAME]` in the settings of the real server, with the same defaults. */
export interface Namespace {
  /** Who may listen, and read the history. */
  subscribe: Right;
  /** Who may publish; servers always may. */
  publish: Right;
  /** Most publications that are kept; 0 keeps none. */
  historySize: number;
  /** How long they are kept, in milliseconds. */
  historyMs: number;
  /** Whether those who may listen can ask who does. */
  presence: boolean;
  /** Whether listeners are told who comes and goes. */
  joinLeave: boolean;
  /** Most connections that listen to one channel; 0 for no bound. */
  maxMembers: number;
  /** How often a user may publish; null for no bound. */
  rate: Rate | null;
}

const DEFAULTS: Namespace = {
  subscribe: "anyone", publish: "nobody", historySize: 0, historyMs: 300_000, presence: false, joinLeave: false, maxMembers: 0, rate: null,
};
/** The namespace that a development server has without being asked. */
const PUBLIC: Partial<Namespace> = { publish: "anyone", historySize: 100, presence: true, joinLeave: true };

export class Namespaces {
  readonly #byName = new Map<string, { namespace: Namespace; limiter: Limiter | null }>();

  constructor(clock: Clock, namespaces: Readonly<Record<string, Partial<Namespace>>> = { public: PUBLIC }) {
    for (const [name, given] of Object.entries(namespaces)) {
      const namespace = { ...DEFAULTS, ...given };
      this.#byName.set(name, { namespace, limiter: namespace.rate === null ? null : new Limiter(clock, namespace.rate) });
    }
  }

  /** The namespace of a channel; `not_found` where none is configured. */
  of(channel: string): Namespace {
    return this.#find(channel).namespace;
  }

  /** The same, for somebody who listens or reads. */
  toListen(channel: string, party: Party): Namespace {
    const namespace = this.of(channel);
    if (party !== null && !holds(namespace.subscribe, party.roles)) throw new Refusal("forbidden", "you may not listen to this channel");
    return namespace;
  }

  /** The same, for somebody who publishes. */
  toPublish(channel: string, party: Party): Namespace {
    const namespace = this.of(channel);
    if (party !== null && !holds(namespace.publish, party.roles)) throw new Refusal("forbidden", "you may not publish in this channel");
    return namespace;
  }

  /** Counts a publication of a user. */
  count(channel: string, user: string): void {
    this.#find(channel).limiter?.check(user, "too many publications; wait");
  }

  #find(channel: string): { namespace: Namespace; limiter: Limiter | null } {
    const found = this.#byName.get(channel.split(":", 1)[0] ?? "");
    if (found === undefined) throw new Refusal("not_found", "no such namespace", { field: "channel" });
    return found;
  }
}

function holds(right: Right, roles: readonly string[]): boolean {
  return right === "anyone" || (right !== "nobody" && roles.includes(right.slice("role:".length)));
}
