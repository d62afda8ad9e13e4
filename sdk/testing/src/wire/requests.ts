// A text from a client as a command: its head first, so that even a broken body can be answered under its `ref`.

import type { Command, Ref } from "@tutti/client";
import { asRefusal, type Refusal } from "../refusal";
import { COMMANDS } from "./bodies";
import { bytes, isObject, malformed } from "./shapes";

/** What a client sent: a command and the `ref` it came under. */
export type Request = Command & { ref?: Ref };

/** A frame that is none, and the `ref` to answer it under. */
export interface Broken {
  refusal: Refusal;
  ref: Ref | undefined;
}

const MAX_REF_BYTES = 64;
const MOST_SHOWN = 64;

/** The request in a text, or why it is none. */
export function readRequest(source: string): { request: Request } | { broken: Broken } {
  let ref: Ref | undefined;
  try {
    const frame = parse(source);
    ref = readRef(frame["ref"]);
    return { request: { ...readCommand(frame), ...(ref === undefined ? {} : { ref }) } };
  } catch (thrown) {
    return { broken: { refusal: asRefusal(thrown), ref } };
  }
}

/** A JSON object; `invalid_request` for anything else. */
export function parse(source: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    throw malformed("", "not a frame: it is no JSON");
  }
  if (!isObject(value)) throw malformed("", "not a frame: it is no object");
  return value;
}

function readRef(value: unknown): Ref | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value)) return value;
  if (typeof value === "string" && bytes(value) <= MAX_REF_BYTES) return value;
  throw malformed("ref", "`ref` is a string of at most 64 bytes or a whole number");
}

function readCommand(frame: Record<string, unknown>): Command {
  const type = frame["type"];
  if (typeof type !== "string") throw malformed("type", type === undefined || type === null ? "missing field `type`" : "invalid type: expected a string");
  if (!isKnown(type)) throw malformed("type", `unknown type \`${[...type].slice(0, MOST_SHOWN).join("")}\``);
  // The table gives each type the shape of its own body.
  return { type, ...COMMANDS[type](frame, "") } as Command;
}

function isKnown(type: string): type is Command["type"] {
  return Object.hasOwn(COMMANDS, type);
}
