// @vitest-environment node
// The code in the guide and in the README: every piece is a module of its own, and has the types it should have.

import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { COMPILING_MS, piecesOf, problemsIn } from "../../client/test/support/pieces";

const PACKAGE = new URL("../", import.meta.url);
const PAGES = ["../../../docs/react.md", "../README.md"];

it("compiles, and would not if it were wrong", () => {
  const files = new Map(PAGES.flatMap((page) => piecesOf(new URL(page, import.meta.url), "tsx", PACKAGE)));
  expect(files.size).toBe(11);
  const wrong = 'import { useConversation } from "@tutti/react";\nexport const useText = (): string => useConversation("room").messages;\n';
  files.set(fileURLToPath(new URL("test/wrong.tsx", PACKAGE)), wrong);
  const problems = problemsIn(files, PACKAGE, { "@tutti/react": ["./src/index.ts"] });
  expect(problems).toEqual([expect.stringMatching(/wrong\.tsx: .* is not assignable to type 'string'/)]);
}, COMPILING_MS);
