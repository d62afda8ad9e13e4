// Reading untrusted JSON into typed values, with the path of the field at fault. Leaves bounds that have a sense to the
// domains: here is only what makes a value well-formed.

import { Refusal } from "../refusal";

/** Reads a value that stands at `path`, or refuses it. */
export type Shape<T> = (value: unknown, path: string) => T;

const encoder = new TextEncoder();
const CONTROL = /\p{Cc}/u;
const MAX_USER_ID_BYTES = 128;
const MAX_CHANNEL_BYTES = 255;
const MAX_U32 = 4_294_967_295;

/** How long a text is in UTF-8. */
export function bytes(text: string): number {
  return encoder.encode(text).length;
}

/** A value that is not well-formed. */
export function malformed(path: string, message: string): Refusal {
  return new Refusal("invalid_request", message, path === "" ? {} : { field: path });
}

function shape<T>(what: string, holds: (value: unknown) => value is T): Shape<T> {
  return (value, path) => {
    if (value === undefined) throw malformed(path, `missing field \`${path.split(".").at(-1) ?? path}\``);
    if (!holds(value)) throw malformed(path, `invalid type: expected ${what}`);
    return value;
  };
}

const whole = (most: number) => (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;

export const text = shape("a string", (value): value is string => typeof value === "string");
export const flag = shape("a boolean", (value): value is boolean => typeof value === "boolean");
export const u32 = shape("a whole number", whole(MAX_U32));
export const count = shape("a whole number", whole(Number.MAX_SAFE_INTEGER));
/** The application's own data. */
export const data = shape("an object", isObject);
/** Any JSON value, but one must be there. */
export const anything: Shape<unknown> = shape("a value", (value): value is unknown => value !== undefined);

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function oneOf<const T extends string>(...values: T[]): Shape<T> {
  return shape(`one of ${values.join(", ")}`, (value): value is T => values.some((known) => known === value));
}

export const userId: Shape<string> = (value, path) => {
  const id = text(value, path);
  if (id === "" || bytes(id) > MAX_USER_ID_BYTES || CONTROL.test(id)) throw malformed(path, "a user id has 1 to 128 bytes and no control characters");
  return id;
};

export const channelName: Shape<string> = (value, path) => {
  const name = text(value, path);
  const [namespace = "", ...rest] = name.split(":");
  const wellFormed = /^[a-z0-9_-]+$/.test(namespace) && rest.join(":") !== "" && bytes(name) <= MAX_CHANNEL_BYTES && !CONTROL.test(name);
  if (!wellFormed) throw malformed(path, "a channel is named `namespace:rest`");
  return name;
};

/** Left out or null: many clients say "none" that way. */
export function optional<T>(of: Shape<T>): Shape<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : of(value, path));
}

export function list<T>(of: Shape<T>): Shape<T[]> {
  return (value, path) => {
    if (value !== undefined && Array.isArray(value)) return value.map((item, at) => of(item, `${path}[${at}]`));
    throw value === undefined ? malformed(path, `missing field \`${path}\``) : malformed(path, "invalid type: expected a list");
  };
}

/** An object with these fields; others are passed over. */
export function object<T extends object>(fields: { [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  return (value, path) => {
    const from = data(value, path);
    const read: Partial<T> = {};
    for (const name of Object.keys(fields) as (keyof T & string)[]) {
      const field = fields[name](from[name], path === "" ? name : `${path}.${name}`);
      if (field !== undefined) read[name] = field;
    }
    // Every field was read, and those that may be left out are the only ones missing.
    return read as T;
  };
}
