// The code in the README, read from top to bottom as one module, has the types it should have.

import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { codeIn, COMPILING_MS, problemsIn } from "./support/pieces";

const PACKAGE = new URL("../", import.meta.url);
const moduleAt = (path: string): string => fileURLToPath(new URL(path, PACKAGE));

it("compiles, and would not if it were wrong", () => {
  const pieces = codeIn(new URL("../README.md", import.meta.url), "ts");
  expect(pieces).toHaveLength(5);
  const files = new Map([
    [moduleAt("test/readme.ts"), pieces.join("\n")],
    [moduleAt("test/wrong.ts"), 'import { createClient } from "@tutti/client";\ncreateClient({ url: 5 });\n'],
  ]);
  expect(problemsIn(files, PACKAGE)).toEqual([expect.stringMatching(/wrong\.ts: /)]);
}, COMPILING_MS);
