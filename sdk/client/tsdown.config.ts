import { defineConfig } from "tsdown";

export default defineConfig({ entry: { index: "src/index.ts", worker: "src/connection/sharing/worker.ts" }, format: "esm", dts: true, sourcemap: true, platform: "browser", fixedExtension: false });
