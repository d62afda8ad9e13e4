// Every scenario through the SDK against the fake server and against the real one: the same must be heard and seen.

import { afterEach, expect, it } from "vitest";
import { RealServer } from "../../../client/test/real/support/server";
import { SCENARIOS, type Scenario } from "../scenarios/index";
import { fakeBackend } from "../support/fake";
import { normal } from "../support/normal";
import { type Backend, World } from "../support/world";
import { realBackend } from "./backend";

let server: RealServer | null = null;

afterEach(async () => {
  await server?.dispose();
  server = null;
});

async function observe(scenario: Scenario, backend: Backend): Promise<unknown> {
  const world = new World(backend);
  try {
    const seen = await scenario.run(world);
    return normal(JSON.parse(JSON.stringify({ seen: seen ?? null, heard: world.heard() })));
  } finally {
    world.leave();
  }
}

it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", async (_name, scenario) => {
  server = await RealServer.start();
  const real = await observe(scenario, realBackend(server.url));
  const fake = await observe(scenario, fakeBackend());
  expect(fake).toEqual(real);
});
