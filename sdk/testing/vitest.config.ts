import { defineConfig } from "vitest/config";

/** The SDK and this package are taken from their sources, so that nothing needs to be built first. */
export const alias = {
  "@tutti/client": new URL("../client/src/index.ts", import.meta.url).pathname,
  "@tutti/testing": new URL("src/index.ts", import.meta.url).pathname,
};

// test/real needs a server: `npm run test:real` runs it.
export default defineConfig({ resolve: { alias }, test: { include: ["test/*.test.ts"], environment: "node" } });
