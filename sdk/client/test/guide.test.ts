// The code in the guide: every piece is a module of its own, and has the types it should have.

import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { COMPILING_MS, piecesOf, problemsIn } from "./support/pieces";

const PACKAGE = new URL("../", import.meta.url);
const GUIDE = new URL("../../../docs/client.md", import.meta.url);

it("compiles, and would not if it were wrong", () => {
  const files = new Map(piecesOf(GUIDE, "ts", PACKAGE));
  expect(files.size).toBe(21);
  const wrong = 'import type { TuttiClient } from "@tutti/client";\nexport const textOf = (client: TuttiClient): string => client.metrics;\n';
  files.set(fileURLToPath(new URL("test/wrong.ts", PACKAGE)), wrong);
  expect(problemsIn(files, PACKAGE)).toEqual([expect.stringMatching(/wrong\.ts: .* is not assignable to type 'string'/)]);
}, COMPILING_MS);
