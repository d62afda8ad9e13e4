// @vitest-environment node
// The code in the guide and in the README: every piece is a module of its own, and has the types it should have. The test in
// docs/testing.md is run.

import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { codeIn, COMPILING_MS, piecesOf, problemsIn } from "../../client/test/support/pieces";
import example from "./example.test.tsx?raw";

const PACKAGE = new URL("../", import.meta.url);
const PAGES = ["../../../docs/react.md", "../README.md"];

it("compiles, and would not if it were wrong", () => {
  const files = new Map(PAGES.flatMap((page) => piecesOf(new URL(page, import.meta.url), "tsx", PACKAGE)));
  expect(files.size).toBe(13);
  const wrong = 'import { useConversation } from "@tutti/react";\nexport const useText = (): string => useConversation("room").messages;\n';
  files.set(fileURLToPath(new URL("test/wrong.tsx", PACKAGE)), wrong);
  expect(problemsIn(files, PACKAGE)).toEqual([expect.stringMatching(/wrong\.tsx: .* is not assignable to type 'string'/)]);
}, COMPILING_MS);

it("shows a test of a component that is run here", () => {
  const shown = codeIn(new URL("../../../docs/testing.md", import.meta.url), "tsx");
  expect(shown).toHaveLength(1);
  expect(example).toContain(shown[0]);
});
