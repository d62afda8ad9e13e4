// The reference as it is read from the server's real description, and templates made from it.
import type { TuttiClient } from "@tutti/client";
import { describe, expect, it } from "vitest";
import asyncapi from "../../../docs/asyncapi.json";
import { parseFrame } from "./frame";
import { type Field, findFrames, readReference } from "./reference";
import { knownTo, templateOf } from "./templates";

const reference = readReference(asyncapi);

function command(name: string) {
  const found = reference.commands.find((frame) => frame.name === name);
  if (!found) throw new Error(`no command ${name}`);
  return found;
}

const field = (name: string, path: string): Field | undefined => command(name).fields.find((each) => each.name === path);

describe("the reference", () => {
  it("has every command and every answer", () => {
    const { commands, answers } = reference;
    expect(commands.map(({ name }) => name)).toEqual(expect.arrayContaining(["auth", "message", "subscribe", "publish", "typing"]));
    expect(answers.map(({ name }) => name)).toEqual(expect.arrayContaining(["welcome", "message", "publication", "error"]));
    expect([...commands, ...answers].every(({ description }) => description !== "")).toBe(true);
  });

  it("says of a field its type, whether it is needed, and what it is for", () => {
    expect(field("publish", "channel")).toEqual({ name: "channel", type: "string", required: true, description: "The channel." });
    expect(field("publish", "data")).toMatchObject({ type: "any", required: true });
    expect(field("presence_set", "status")?.type).toBe('"online" | "away" | "busy" | "invisible"');
    expect(field("message", "conversation_id")).toMatchObject({ type: "string", required: false, description: "An existing conversation." });
    expect(field("read_receipt", "message_ids")?.type).toBe("string[]");
  });

  it("spells out what is inside of a field, and what is needed comes first", () => {
    expect(field("subscribe", "position")).toMatchObject({ type: "ChannelPosition", required: false });
    expect(field("subscribe", "position.epoch")).toMatchObject({ type: "string", required: true });
    expect(field("message", "attachments[].url")).toMatchObject({ type: "string", required: true });
    expect(command("message").fields[0]?.name).toBe("message");
  });

  it("leaves out the type of the frame, and comes to an end also where a schema has itself in it", () => {
    expect(field("ping", "type")).toBeUndefined();
    const tree = { type: "object", properties: { child: { $ref: "#/components/schemas/Tree" } } };
    const endless = { components: { messages: { client_grow: { name: "grow", payload: tree } }, schemas: { Tree: tree } } };
    expect(readReference(endless).commands[0]?.fields.map(({ name }) => name)).toEqual(["child", "child.child", "child.child.child"]);
  });

  it("refuses what is no description of frames", () => {
    for (const other of [null, "text", {}, { components: null }]) expect(() => readReference(other)).toThrow(TypeError);
  });

  it("is searched by names, fields and descriptions", () => {
    const found = (words: string) => findFrames(reference.commands, words).map(({ name }) => name);
    expect(found("")).toHaveLength(reference.commands.length);
    expect(found(" IS_TYPING ")).toEqual(["typing"]);
    expect(found("presence_s")).toEqual(expect.arrayContaining(["presence_set", "presence_subscribe"]));
    expect(found("no such thing")).toEqual([]);
  });
});

describe("a template", () => {
  const conversations = [{ id: "c1", last_message: { id: "m1" }, members: [{ user_id: "me" }, { user_id: "bob" }] }];
  const client = {
    conversations: { snapshot: () => ({ conversations }) },
    connection: { snapshot: () => ({ user: { id: "me" } }) },
  } as unknown as TuttiClient;

  it("is there for every command, is a frame, and has all that is needed", () => {
    for (const frame of reference.commands) {
      const { command: parsed } = parseFrame(templateOf(frame, {}));
      expect(parsed?.type).toBe(frame.name);
      const needed = frame.fields.filter(({ name, required }) => required && !/[.[]/.test(name)).map(({ name }) => name);
      expect(Object.keys(parsed ?? {})).toEqual(expect.arrayContaining(needed));
    }
  });

  it("speaks of what the reader has", () => {
    const template = (name: string): unknown => JSON.parse(templateOf(command(name), knownTo(client)));
    expect(template("message")).toEqual({ type: "message", message: "Hello", conversation_id: "c1" });
    expect(template("read_receipt")).toEqual({ type: "read_receipt", conversation_id: "c1", message_id: "m1" });
    expect(template("presence_subscribe")).toEqual({ type: "presence_subscribe", user_ids: ["bob"] });
    expect(template("presence_set")).toEqual({ type: "presence_set", status: "online" });
    expect(template("subscribe")).toEqual({ type: "subscribe", channel: "public:lobby" });
  });
});

describe("what was typed", () => {
  it("is a frame when it is an object with a type, known or not", () => {
    expect(parseFrame('{"type":"anything","x":1}')).toEqual({ command: { type: "anything", x: 1 }, problem: null });
  });

  it("is refused with the reason", () => {
    expect(parseFrame('{"type": }').problem).toMatch(/^This is not JSON: /);
    for (const text of ["[]", "1", "null"]) expect(parseFrame(text).problem).toBe("A frame is a JSON object.");
    for (const text of ["{}", '{"type":7}', '{"type":""}']) expect(parseFrame(text).problem).toMatch(/“type”/);
  });
});
