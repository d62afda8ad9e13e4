import { defineConfig } from "vitest/config";

// The packages are taken from their sources, so that they need no build first.
const source = (name: string): string => new URL(`../${name}/src/index.ts`, import.meta.url).pathname;

export default defineConfig({
  resolve: { alias: { "@tutti/client": source("client"), "@tutti/react": source("react"), "@tutti/testing": source("testing") } },
  test: { include: ["test/*.test.{ts,tsx}"], environment: "happy-dom" },
});
