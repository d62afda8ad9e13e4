// Tokens of the fake server: JWTs in form, readable by the client, that nobody signed. Never to be believed by a real server.

import type { Clock } from "@tutti/client";
import { Refusal } from "../refusal";
import { bytes, isObject } from "../wire/shapes";

/** Who asks, by their token. */
export interface Caller {
  user: string;
  name: string | null;
  roles: readonly string[];
  /** Milliseconds since 1970. */
  expiresAt: number;
}

const HEADER = "e30";
const SIGNATURE = "fake";
const NOT_VALID = "This token is not valid.";
const MAX_USER_ID_BYTES = 128;
const MAX_NAME_CHARS = 128;

/** A token that names a caller. */
export function issue(caller: Caller): string {
  const { user, name, roles, expiresAt } = caller;
  const claims = { sub: user, exp: Math.ceil(expiresAt / 1000), ...(name === null ? {} : { name }), ...(roles.length === 0 ? {} : { roles }) };
  return [HEADER, encode(JSON.stringify(claims)), SIGNATURE].join(".");
}

/** Whose token it is; `unauthenticated` for one that is not of this package, or has expired. */
export function verify(token: string, clock: Clock): Caller {
  const [header, payload = "", signature] = token.split(".");
  const claims = header === HEADER && signature === SIGNATURE ? decode(payload) : null;
  if (claims === null) throw new Refusal("unauthenticated", NOT_VALID);
  const { sub, exp, name, roles } = claims;
  if (typeof sub !== "string" || sub === "" || bytes(sub) > MAX_USER_ID_BYTES || typeof exp !== "number") throw new Refusal("unauthenticated", NOT_VALID);
  const expiresAt = exp * 1000;
  if (expiresAt <= clock.now()) throw new Refusal("unauthenticated", "This token has expired.");
  return { user: sub, name: shown(name), roles: Array.isArray(roles) ? roles.filter((role) => typeof role === "string") : [], expiresAt };
}

/** A name as it may be shown; none if nothing is left of it. */
function shown(name: unknown): string | null {
  if (typeof name !== "string") return null;
  const text = [...name.replaceAll(/\p{Cc}/gu, "")].slice(0, MAX_NAME_CHARS).join("").trim();
  return text === "" ? null : text;
}

function encode(text: string): string {
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decode(part: string): Record<string, unknown> | null {
  try {
    const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
    const claims: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
    return isObject(claims) ? claims : null;
  } catch {
    return null;
  }
}
