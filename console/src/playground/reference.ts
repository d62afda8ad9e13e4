// Reads the server's own description of its frames (AsyncAPI) into what a person looks up: every frame with its fields.
// What one would send first is in templates.ts.

export interface Field {
  /** With its path inside of the frame: `position.epoch`, `attachments[].url`. */
  name: string;
  type: string;
  required: boolean;
  description: string;
}

export interface Frame {
  name: string;
  description: string;
  fields: readonly Field[];
}

export interface Reference {
  /** What a client may send. */
  commands: readonly Frame[];
  /** What the server sends: replies and pushes. */
  answers: readonly Frame[];
}

interface Schema {
  type?: string | string[];
  $ref?: string;
  enum?: unknown[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
  oneOf?: Schema[];
}

type Schemas = Readonly<Record<string, Schema>>;

interface Message {
  name: string;
  summary?: string;
  payload?: Schema;
}

/** Deeper than this a frame's fields are not spelled out. */
const MOST_LEVELS = 3;

/** Throws a TypeError when this is no description of frames. */
export function readReference(document: unknown): Reference {
  const { messages, schemas } = componentsOf(document);
  const frames = (prefix: string): Frame[] =>
    Object.entries(messages)
      .filter(([key]) => key.startsWith(prefix))
      .map(([, message]) => frameOf(message, schemas));
  return { commands: frames("client_"), answers: frames("server_") };
}

function componentsOf(document: unknown): { messages: Record<string, Message>; schemas: Schemas } {
  if (typeof document === "object" && document !== null && "components" in document) {
    const components = document.components as { messages?: Record<string, Message>; schemas?: Schemas } | null;
    if (components?.messages) return { messages: components.messages, schemas: components.schemas ?? {} };
  }
  throw new TypeError("this is no AsyncAPI document");
}

function frameOf({ name, summary = "", payload = {} }: Message, schemas: Schemas): Frame {
  const fields = fieldsOf(payload, schemas, "", MOST_LEVELS).filter((field) => field.name !== "type");
  return { name, description: oneLine(summary), fields };
}

function fieldsOf(schema: Schema, schemas: Schemas, path: string, levels: number): Field[] {
  const { properties, required } = objectOf(schema, schemas);
  return Object.entries(properties)
    .sort(([one], [other]) => Number(required.has(other)) - Number(required.has(one)))
    .flatMap(([key, property]) => {
      const type = typeOf(property, schemas);
      const name = path + key;
      const field: Field = { name, type, required: required.has(key), description: descriptionOf(property) };
      const inside = valueOf(property, schemas);
      if (levels <= 1) return [field];
      return [field, ...fieldsOf(inside, schemas, type.endsWith("[]") ? `${name}[].` : `${name}.`, levels - 1)];
    });
}

/** The properties of a schema and of all that it is made of. */
function objectOf(schema: Schema, schemas: Schemas): { properties: Record<string, Schema>; required: Set<string> } {
  const parts = [resolved(schema, schemas), ...(schema.allOf ?? []).map((part) => resolved(part, schemas))];
  return {
    properties: Object.assign({}, ...parts.map(({ properties = {} }) => properties)) as Record<string, Schema>,
    required: new Set(parts.flatMap(({ required = [] }) => required)),
  };
}

function resolved(schema: Schema, schemas: Schemas): Schema {
  return schema.$ref === undefined ? schema : (schemas[nameIn(schema.$ref)] ?? {});
}

function nameIn(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

/** What a value is when it is there: past null, references and lists. */
function valueOf(schema: Schema, schemas: Schemas): Schema {
  const present = resolved(choicesOf(schema)[0] ?? schema, schemas);
  return present.items === undefined ? present : resolved(present.items, schemas);
}

/** The alternatives of a schema that are not null. */
function choicesOf({ oneOf = [] }: Schema): Schema[] {
  return oneOf.filter(({ type }) => type !== "null");
}

function typeOf(schema: Schema, schemas: Schemas): string {
  const choices = choicesOf(schema);
  if (choices.length > 0) return choices.map((choice) => typeOf(choice, schemas)).join(" | ");
  const { type, enum: values, items, properties, $ref } = { ...resolved(schema, schemas), $ref: schema.$ref };
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(" | ");
  if (items !== undefined) return `${typeOf(items, schemas)}[]`;
  if (properties !== undefined && $ref !== undefined) return nameIn($ref);
  const types = [type ?? "any"].flat().filter((name) => name !== "null");
  return types.join(" | ");
}

function descriptionOf(schema: Schema): string {
  return oneLine(schema.description ?? choicesOf(schema)[0]?.description ?? "");
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}

/** The frames whose name, description or fields have the words in them. */
export function findFrames(frames: readonly Frame[], words: string): readonly Frame[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return frames;
  return frames.filter(({ name, description, fields }) =>
    [name, description, ...fields.map((field) => field.name)].some((text) => text.toLowerCase().includes(wanted)),
  );
}
