// The code in the README, read from top to bottom as one module, has the types it should have.

import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { codeIn, COMPILING_MS, problemsIn } from "./support/compile";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

it("compiles, and would not if it were wrong", () => {
  const pieces = codeIn(new URL("../README.md", import.meta.url), "ts");
  expect(pieces).toHaveLength(5);
  const files = new Map([
    [`${PACKAGE}test/readme.ts`, pieces.join("\n")],
    [`${PACKAGE}test/wrong.ts`, 'import { createClient } from "@tutti/client";\ncreateClient({ url: 5 });\n'],
  ]);
  expect(problemsIn(PACKAGE, files)).toEqual([expect.stringMatching(/wrong\.ts: /)]);
}, COMPILING_MS);
