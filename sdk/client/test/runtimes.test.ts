// The SDK outside of browsers: importing it touches nothing that only some runtimes have, and a client needs only what it is given.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, it } from "vitest";

/** What a browser has, and Node, Deno, Bun or a worker may not. */
const BROWSER_ONLY = [
  "window", "document", "navigator", "location", "localStorage", "sessionStorage", "indexedDB", "WebSocket", "EventSource",
  "SharedWorker", "BroadcastChannel", "self", "process", "Buffer",
];

let folder = "";
let module = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tutti-runtimes-"));
  const bundle = await rolldown({ input: fileURLToPath(new URL("../src/index.ts", import.meta.url)), platform: "browser", external: ["@msgpack/msgpack"] });
  await bundle.write({ dir: folder, entryFileNames: "client.mjs" });
  await bundle.close();
  module = JSON.stringify(pathToFileURL(join(folder, "client.mjs")).href);
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs a script in a Node of its own, which must end by itself. */
async function run(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { timeout: 20_000 });
  return stdout.trim();
}

it("touches no global of the browser when it is imported", async () => {
  const traps = BROWSER_ONLY.map((name) => `Object.defineProperty(globalThis, "${name}", { configurable: true, get() { touched.push("${name}"); } });`);
  const script = `const touched = []; const { log } = console; ${traps.join("\n")} await import(${module}); const seen = touched.join(); for (const name of ${JSON.stringify(BROWSER_ONLY)}) delete globalThis[name]; log("touched: " + seen);`;
  expect(await run(script)).toBe("touched:");
});

it("makes a client that does nothing until it is told to, so that a process can end", async () => {
  const script = `const { createClient } = await import(${module});
    const client = createClient({ url: "http://127.0.0.1:1", token: "t", log: "silent" });
    const stop = client.channel("public:a").subscribe(() => {});
    stop();
    console.log(client.connection.snapshot().state);`;
  expect(await run(script)).toBe("disconnected");
});

it("speaks through the sockets it is given, where there is no WebSocket, and sends without what only secure pages have", async () => {
  const script = `delete globalThis.WebSocket; delete globalThis.navigator; crypto.randomUUID = undefined;
    const { createClient } = await import(${module});
    const send = (text) => {
      console.log(JSON.parse(text).type);
      client.disconnect();
    };
    const socket = (_url, _protocol, handlers) => {
      queueMicrotask(() => handlers.opened());
      return { send, close: () => {} };
    };
    const client = createClient({ url: "http://127.0.0.1:1", token: "t", socket, log: "silent" });
    void client.conversation("a").send({ message: "x" });
    console.log(client.connection.snapshot().queued);
    client.connect();`;
  expect(await run(script)).toBe("1\nauth");
});
