// What a scenario is: something that people do with a server, and what came of it beside what they heard.

import type { World } from "../support/world";

export interface Scenario {
  name: string;
  /** Returns what is to be compared beside everything that was heard. */
  run(world: World): Promise<unknown>;
}
