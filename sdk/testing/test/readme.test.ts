// The README shows what is tested.

import { expect, it } from "vitest";
import readme from "../README.md?raw";
import example from "./example.test.ts?raw";

it("has the example that runs here", () => {
  const [, code = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  expect(code).not.toBe("");
  expect(example).toContain(code);
});
