// The tests against the real server. TUTTI_BIN says which one.

import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["test/real/*.test.ts"], environment: "node", testTimeout: 30_000, hookTimeout: 30_000 } });
