// How the console is built, served while developing, and tested. The SDK is taken from its source, so it needs no build first.
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const sdk = (name: string): string => new URL(`../sdk/${name}/src/index.ts`, import.meta.url).pathname;
const server = "http://127.0.0.1:5004";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@tutti/client": sdk("client"), "@tutti/react": sdk("react") }, dedupe: ["react", "react-dom"] },
  build: { target: ["chrome123", "firefox121", "safari17.5"], assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": server, "/metrics": server, "/ws": { target: server, ws: true } },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
