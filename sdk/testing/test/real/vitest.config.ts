// The comparison with the real server. TUTTI_BIN says which one.

import { defineConfig } from "vitest/config";
import { alias } from "../../vitest.config";

export default defineConfig({ resolve: { alias }, test: { include: ["test/real/*.test.ts"], environment: "node", testTimeout: 30_000, hookTimeout: 30_000 } });
