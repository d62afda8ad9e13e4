// The built package in Node, Deno and Bun, against the real server: over every transport and in both codecs.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { after, before, test } from "node:test";
import { Server } from "../browser/support/server.mjs";

const run = promisify(execFile);
const HERE = fileURLToPath(new URL(".", import.meta.url));
const INSTALLED = `${HERE}node_modules/.bin/`;
const PATIENCE_MS = 30_000;
const RUNTIMES = {
  // Node 20 has its WebSocket behind a flag.
  node: [process.execPath, "--experimental-websocket"],
  deno: [`${INSTALLED}deno`, "run", "--no-config", "--node-modules-dir=manual", "--allow-net", "--allow-read", "--allow-env"],
  bun: [`${INSTALLED}bun`, "run"],
};
const WAYS = [["websocket", "json"], ["websocket", "msgpack"], ["sse", "json"], ["polling", "json"]];

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

for (const [name, [program, ...flags]] of Object.entries(RUNTIMES)) {
  for (const [transport, codec] of WAYS) {
    test(`${name}: ${codec} over ${transport}, and the process ends by itself`, async () => {
      const ada = await server.person(`Ada ${name} ${transport} ${codec}`);
      const ben = await server.person(`Ben ${name} ${transport} ${codec}`);
      const { id } = await server.direct(ada, ben);
      const told = [server.url, ada.token, ben.token, id, transport, codec];
      const { stdout, stderr } = await run(program, [...flags, "session.mjs", ...told], { cwd: HERE, timeout: PATIENCE_MS });
      const publication = transport === "polling" ? null : { said: "to all" };
      assert.deepEqual(JSON.parse(stdout), { transport, message: "hello", publication });
      assert.equal(stderr, "", "nothing went wrong on the way");
    });
  }
}
