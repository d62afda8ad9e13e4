// Which handles are held, which are kept, and which may go.

import { expect, it } from "vitest";
import { Handles } from "../src/handles";
import { collectGarbage } from "./support/garbage";
import { settle } from "../../testing/src/manual-clock";

class Thing {
  constructor(readonly id: string, readonly use: (used: boolean) => void) {}
}

const things = (keep: number): Handles<Thing> => new Handles(keep, (id, use) => new Thing(id, use));
const ids = (handles: Handles<Thing>): string[] => handles.values().map((thing) => thing.id);

it("is the same as long as anybody has it, however many others there are", async () => {
  const handles = things(1);
  const mine = handles.get("mine");
  for (let count = 0; count < 1000; count++) handles.get(`other ${count}`);
  await settle();
  collectGarbage();
  expect(handles.get("mine")).toBe(mine);
});

it("holds what is in use and what was asked for last, and nothing else", async () => {
  const handles = things(2);
  handles.get("used").use(true);
  handles.get("done").use(true);
  handles.get("done").use(false);
  for (const id of ["a", "b", "c", "b"]) handles.get(id);
  await settle();
  collectGarbage();
  expect(ids(handles).sort()).toEqual(["b", "c", "used"]);
  expect(handles.find("a")).toBeUndefined();
  handles.clear();
  expect(ids(handles)).toEqual([]);
});

it("does not remember ids of handles that are gone", async () => {
  const handles = things(0);
  for (let round = 0; round < 20; round++) {
    for (let count = 0; count < 100; count++) handles.get(`${round}/${count}`);
    await settle();
    collectGarbage();
  }
  expect(handles.size).toBeLessThan(400);
});
