// What the addresses of the operator's pages say beside the path, leaving out what makes no sense.
import { FILTER_KINDS, type TailFilter } from "./tailFilter";

type Search = Record<string, unknown>;

export interface ConnectionsSearch {
  user?: string;
  slow?: true;
}

export interface ChannelsSearch {
  prefix?: string;
}

export function readConnectionsSearch({ user, slow }: Search): ConnectionsSearch {
  return { ...given("user", user), ...(slow === true ? { slow } : {}) };
}

export function readChannelsSearch({ prefix }: Search): ChannelsSearch {
  return given("prefix", prefix);
}

export function readFilter({ kinds, user, channel }: Search): TailFilter {
  const known = Array.isArray(kinds) ? FILTER_KINDS.filter((kind) => kinds.includes(kind)) : [];
  return {
    ...(known.length > 0 ? { kinds: known } : {}),
    ...given("user", user),
    ...given("channel", channel),
  };
}

/** A text of the address under its name, if there is one. An id of digits alone is read as a number. */
function given<N extends string>(name: N, value: unknown): { [K in N]?: string } {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text !== "" ? ({ [name]: text } as { [K in N]?: string }) : {};
}
