// The golden vectors of the wire: the fake server takes every command of theirs for well-formed, as the real one does,
// and the schemas that its own frames are held against take every frame of the real one.

import { describe, expect, it } from "vitest";
import { readRequest } from "../src/wire/requests";
import { fakeBackend } from "./support/fake";
import { vectors, wrongWith } from "./support/schemas";
import { World } from "./support/world";

describe("commands", () => {
  it.each(vectors("client"))("$name is read as it is written", ({ json }) => {
    expect(readRequest(JSON.stringify(json))).toEqual({ request: json });
  });

  it.each(vectors("client").filter(({ json }) => json["type"] !== "auth"))("$name is answered, and not as malformed", async ({ json }) => {
    const world = new World(fakeBackend());
    const alice = await world.signIn("Alice");
    const bare = await world.bare("alice");
    bare.send({ type: "auth", token: alice.token });
    bare.send(json);
    bare.send({ type: "ping", ref: "end" });
    await world.until("the end", () => bare.closed() !== null || bare.heard.some((frame) => frame.ref === "end"));
    expect(bare.heard.filter((frame) => frame.type === "error" && frame.code === "invalid_request")).toEqual([]);
    expect(bare.closed()).toBe(json["type"] === "logout" ? 1000 : null);
    const answered = bare.heard.some((frame) => frame.ref === json["ref"] && frame.ref !== undefined);
    expect(answered).toBe(json["ref"] !== undefined);
  });

  it("are all of them known", () => {
    expect(vectors("client").length).toBeGreaterThan(30);
  });
});

describe("schemas", () => {
  it.each(vectors("server"))("take $name", ({ json }) => {
    expect(wrongWith(json)).toBeNull();
  });

  it("refuse what is none", () => {
    expect(wrongWith({ type: "pong" })).toContain("server_time");
    expect(wrongWith({ type: "presence", user_id: "bob", status: "dancing", text: null, last_seen_at: null })).not.toBeNull();
    expect(wrongWith({ type: "nonsense" })).not.toBeNull();
  });
});
