// The shape of every frame, from the AsyncAPI document that is generated from the server's code.

import Ajv2020, { type ValidateFunction } from "ajv/dist/2020";
import document from "../../../../docs/asyncapi.json";

interface Vector {
  name: string;
  direction: "client" | "server";
  json: Record<string, unknown>;
}

const files = import.meta.glob<Vector[]>("../../../../crates/protocol/vectors/*.json", { eager: true, import: "default" });
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, "asyncapi");
const validators = new Map<string, ValidateFunction>();

/** The golden vectors of the wire in one direction. */
export function vectors(direction: Vector["direction"]): Vector[] {
  return Object.values(files).flat().filter((vector) => vector.direction === direction);
}

/** What is wrong with a frame from the server; null if nothing is. */
export function wrongWith(frame: Record<string, unknown>): string | null {
  const name = `server_${String(frame["type"])}`;
  if (!Object.hasOwn(document.components.messages, name)) return `no frame is called ${name}`;
  const validate = validators.get(name) ?? ajv.compile({ $ref: `asyncapi#/components/messages/${name}/payload` });
  validators.set(name, validate);
  return validate(frame) ? null : ajv.errorsText(validate.errors);
}
