// Makes the engine collect what nobody refers to, so that tests can see what is still held.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects everything unreachable. What was looked at in the present turn of the event loop still counts as reachable. */
export function collectGarbage(): void {
  collect();
}
