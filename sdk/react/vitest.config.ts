import { defineConfig } from "vitest/config";

// The client is taken from its source, so that it needs no build first.
const client = new URL("../client/src/index.ts", import.meta.url).pathname;

export default defineConfig({
  resolve: { alias: { "@tutti/client": client } },
  test: { include: ["test/*.test.{ts,tsx}"], environment: "happy-dom" },
});
