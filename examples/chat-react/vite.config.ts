// How the example is built. Inside this repository the SDK is taken from its source; an application of yours needs no `resolve`.
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

const server = "http://127.0.0.1:5004";

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ["source", ...defaultClientConditions], dedupe: ["@tutti/client", "react", "react-dom"] },
  server: { proxy: { "/api": server, "/ws": { target: server, ws: true } } },
});
