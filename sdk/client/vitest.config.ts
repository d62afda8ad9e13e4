import { defineConfig } from "vitest/config";

// test/real needs a server: `npm run test:real` runs it.
export default defineConfig({ test: { include: ["test/*.test.ts"], environment: "node" } });
