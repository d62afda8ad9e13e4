// The golden vectors of the wire, written by crates/protocol: everything the server may say is understood.

import { describe, expect, it } from "vitest";
import type { Command } from "../src/index";
import { decode, encode } from "../src/connection/transport";
import { chatWorld } from "./support/world";

interface Vector {
  name: string;
  direction: "client" | "server";
  json: Record<string, unknown>;
}

const files = import.meta.glob<Vector[]>("../../../crates/protocol/vectors/*.json", { eager: true, import: "default" });
const vectors = Object.values(files).flat();
const from = (direction: Vector["direction"]): Vector[] => vectors.filter((vector) => vector.direction === direction);

const COMMANDS: Record<Command["type"], true> = {
  auth: true, ping: true, logout: true, message: true, message_edit: true, message_delete: true, reaction_add: true, reaction_remove: true,
  read_receipt: true, typing: true, history: true, presence_set: true, presence_subscribe: true, presence_unsubscribe: true,
  subscribe: true, unsubscribe: true, publish: true,
};

describe("vectors", () => {
  it("are there", () => {
    expect(from("server")).not.toEqual([]);
    expect(from("client")).not.toEqual([]);
  });

  it.each(from("server"))("understands and handles $name", async ({ json }) => {
    expect(decode(JSON.stringify(json))).toEqual(json);
    const { server, client, clock } = await chatWorld(3);
    const heard: unknown[] = [];
    client.on(json["type"] as "welcome", (frame) => heard.push(frame));
    server.socket.handlers.message(JSON.stringify(json));
    await clock.advance(2000);
    expect(heard[0]).toEqual(json);
  });

  it.each(from("client"))("knows the command of $name", ({ json }) => {
    expect(Object.keys(COMMANDS)).toContain(json["type"]);
    expect(JSON.parse(encode(json as unknown as Command))).toEqual(json);
  });

  it("has one of every type", () => {
    const types = new Set(from("client").map(({ json }) => json["type"]));
    expect(Object.keys(COMMANDS).filter((type) => !types.has(type))).toEqual([]);
  });
});
