// Every scenario against the fake server: it comes to an end, every frame conforms, and every kind of frame occurs.
// What the frames say is compared with the real server's in test/real.

import { describe, expect, it } from "vitest";
import { SCENARIOS } from "./scenarios/index";
import { fakeBackend } from "./support/fake";
import { normal } from "./support/normal";
import { vectors, wrongWith } from "./support/schemas";
import { World } from "./support/world";

async function observe(scenario: (typeof SCENARIOS)[number]): Promise<{ seen: unknown; heard: ReturnType<World["heard"]> }> {
  const world = new World(fakeBackend());
  const seen = await scenario.run(world);
  const heard = world.heard();
  world.leave();
  return { seen, heard };
}

describe("scenarios", () => {
  const types = new Set<string>();

  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", async (_name, scenario) => {
    const { heard } = await observe(scenario);
    const frames = Object.values(heard).flatMap(({ replies, pushes }) => [...replies, ...pushes]);
    for (const frame of frames) types.add(frame.type);
    expect(frames.map(wrongWith).filter((wrong) => wrong !== null)).toEqual([]);
  });

  it("make the server say everything that it can", () => {
    const known = new Set(vectors("server").map(({ json }) => String(json["type"])));
    expect([...known].filter((type) => type !== "pong" && !types.has(type))).toEqual([]);
  });

  it("are the same in every run, to the id and the time", async () => {
    for (const scenario of SCENARIOS.slice(0, 3)) expect(withoutRandom(await observe(scenario))).toEqual(withoutRandom(await observe(scenario)));
  });
});

/** The client makes its own ids of chance. */
function withoutRandom(seen: unknown): unknown {
  return JSON.parse(JSON.stringify(seen, (name, value: unknown) => (name === "client_id" ? null : value)));
}

it("what differs from run to run is left out of a comparison, and nothing else", () => {
  const one = { id: "100000000001", at: "2026-01-01T00:00:00.000Z", ref: 1, list: ["100000000002", "100000000001"], n: 5 };
  const two = { ref: 9, n: 5, list: ["777777777777", "888888888888"], at: "2027-05-01T00:00:00.123Z", id: "888888888888" };
  expect(normal(one)).toEqual(normal(two));
  expect(normal({ ...two, list: ["888888888888", "777777777777"] })).not.toEqual(normal(one));
});
