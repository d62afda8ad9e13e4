// Fails when what an application has to download of the SDK outgrows its budget. What is loaded on demand does not count.

import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const SOURCE = fileURLToPath(new URL("../src/index.ts", import.meta.url));
const ENTRY = "entry.js";

/** What an application writes, and the most it may cost it, in bytes of minified and gzipped code. */
const BUDGETS = [
  { what: "everything", code: `export * from ${JSON.stringify(SOURCE)};`, bytes: 25_000 },
  { what: "createClient", code: `export { createClient } from ${JSON.stringify(SOURCE)};`, bytes: 25_000 },
  // Far below the rest: what is not used is left out.
  { what: "TuttiError alone", code: `export { TuttiError } from ${JSON.stringify(SOURCE)};`, bytes: 3_000 },
];

/** The size of the entry and of what it imports statically. */
async function sizeOf(code) {
  const bundle = await rolldown({
    input: ENTRY,
    platform: "browser",
    plugins: [{ name: "entry", resolveId: (id) => (id === ENTRY ? id : null), load: (id) => (id === ENTRY ? code : null) }],
  });
  const { output } = await bundle.generate({ minify: true });
  await bundle.close();
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]));
  const needed = new Set();
  const need = (name) => {
    if (!chunks.has(name) || needed.has(name)) return;
    needed.add(name);
    chunks.get(name).imports.forEach(need);
  };
  need(output[0].fileName);
  return gzipSync([...needed].map((name) => chunks.get(name).code).join("\n"), { level: 9 }).length;
}

for (const { what, code, bytes } of BUDGETS) {
  const size = await sizeOf(code);
  console.log(`${what}: ${size} of ${bytes} bytes`);
  if (size > bytes) process.exitCode = 1;
}
if (process.exitCode) console.error("The SDK is larger than it may be.");
