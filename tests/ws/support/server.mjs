// The real server as a child process on a free port, with what the tests ask it over HTTP. Tokens are signed here,
// as the application behind the server would. The sockets are `client.mjs`'s.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const BINARY = process.env.TUTTI_BIN ?? join(ROOT, "target/debug/tutti");
const READY = /Tutti is ready: (http:\/\/\S+?)\/?(?:\s|$)/;
const START_MS = 30_000;
const SECRET = "a secret that only the tests and their servers know";

/** Rates that no test here is about; nothing is kept over a restart. */
const SETTINGS = {
  AUTH__SECRETS: SECRET,
  STORAGE__BACKEND: "memory",
  LIMITS__FRAME: "1000000/1s",
  LIMITS__MESSAGE: "1000000/1s",
};

let users = 0;

export class Server {
  #directory = "";
  #child = null;
  #log = "";
  url = "";

  /** `settings` are `SECTION__KEY` without the prefix. */
  static async start(settings = {}) {
    const server = new Server();
    server.#directory = await mkdtemp(join(tmpdir(), "tutti-ws-"));
    await server.#start({ ...SETTINGS, ...settings });
    return server;
  }

  async #start(settings) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("TUTTI_"));
    const own = Object.entries(settings).map(([name, value]) => [`TUTTI_${name}`, String(value)]);
    this.#child = spawn(BINARY, ["serve", "--dev", "--data-dir", this.#directory, "--listen", "127.0.0.1:0"], {
      env: Object.fromEntries([...inherited, ...own]),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr.on("data", (data) => (this.#log += data));
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), START_MS);
    try {
      for await (const line of createInterface({ input: this.#child.stdout })) {
        this.url = READY.exec(line)?.[1] ?? "";
        if (this.url === "") continue;
        this.#child.stdout.resume();
        return;
      }
    } finally {
      clearTimeout(timer);
    }
    throw new Error(`the server did not start: ${this.#log}`);
  }

  async stop() {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exited;
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The address of the WebSocket. */
  get ws() {
    return `${this.url.replace("http", "ws")}/ws`;
  }

  /** The value of a metric; 0 when it was never counted. */
  async metric(name) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split("\n").find((each) => each.startsWith(`${name} `));
    return line === undefined ? 0 : Number(line.slice(name.length + 1));
  }

  async post(path, token, body) {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const response = await fetch(`${this.url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

/** Somebody whom nobody else in this run is. */
export function person(name = "user") {
  const id = `${name}-${++users}`;
  return { id, token: token(id) };
}

/** A JWT (HS256) for a user. */
function token(user) {
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: user, iat: now, exp: now + 3600 })}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}
