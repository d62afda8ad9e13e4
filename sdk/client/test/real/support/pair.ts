// Alice and Bob, connected to a real server: for every test anew, or for all of a file. Leaves to the tests what they do.

import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { join, type Person } from "./people";
import { RealServer } from "./server";

export let server: RealServer;
export let alice: Person;
export let bob: Person;

async function come(): Promise<void> {
  server = await RealServer.start();
  [alice, bob] = await Promise.all([join(server, "Alice"), join(server, "Bob")]);
}

/** Not all of them are there when their coming failed. */
async function go(): Promise<void> {
  alice?.client.disconnect();
  bob?.client.disconnect();
  await server?.dispose();
}

export function forEachTest(): void {
  beforeEach(come);
  afterEach(go);
}

export function forTheFile(): void {
  beforeAll(come);
  afterAll(go);
}
