// The real server as a child process on a temporary data directory, and the few HTTP calls with which tests set a scene.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const BINARY = process.env.TUTTI_BIN ?? join(ROOT, "target/debug/tutti");
const READY = /Tutti is ready: (http:\/\/\S+?)\/?(?:\s|$)/;
const START_MS = 30_000;

/** Rates that a test which sets a scene does not run into. */
const GENEROUS = {
  TUTTI_LIMITS__MESSAGE: "100000/1s",
  TUTTI_LIMITS__FRAME: "1000000/1s",
  TUTTI_LIMITS__HISTORY: "100000/1s",
  TUTTI_LIMITS__QUERY: "100000/1s",
};

export class Server {
  #directory = "";
  #child = null;
  #log = "";
  #settings;
  url = "";

  constructor(settings) {
    this.#settings = settings;
  }

  /** With settings of the test's own, by their names in the environment. */
  static async start(settings = {}) {
    const server = new Server(settings);
    server.#directory = await mkdtemp(join(tmpdir(), "tutti-browser-"));
    await server.start();
    return server;
  }

  /** Starts, on the same port and data as before if it ran before. */
  async start() {
    const port = this.url === "" ? 0 : new URL(this.url).port;
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("TUTTI_"));
    this.#child = spawn(BINARY, ["serve", "--dev", "--data-dir", this.#directory, "--listen", `127.0.0.1:${port}`], {
      env: { ...Object.fromEntries(inherited), ...GENEROUS, ...this.#settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr.on("data", (data) => (this.#log += data));
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), START_MS);
    try {
      for await (const line of createInterface({ input: this.#child.stdout })) {
        const found = READY.exec(line);
        if (!found) continue;
        this.url = found[1];
        this.#child.stdout.resume();
        return;
      }
    } finally {
      clearTimeout(timer);
    }
    throw new Error(`the server did not start: ${this.#log}`);
  }

  /** Ends it without a goodbye. */
  kill() {
    return this.#end("SIGKILL");
  }

  /** Ends it in good order and removes its data. */
  async stop() {
    await this.#end("SIGTERM");
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #end(signal) {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  async call(method, path, { token, body } = {}) {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  /** A number of the server's metrics, summed over its labels. */
  async metric(name) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const values = text.split("\n").filter((line) => line.split(/[{ ]/)[0] === name).map((line) => Number(line.split(" ").at(-1)));
    if (values.length === 0) throw new Error(`the server has no metric ${name}`);
    return values.reduce((sum, value) => sum + value, 0);
  }

  /** An operator's token, as whoever runs the server makes it. */
  async operatorToken(user) {
    const arguments_ = ["token", "--dev", "--data-dir", this.#directory, "--user", user, "--role", "operator"];
    const { stdout } = await promisify(execFile)(BINARY, arguments_);
    return stdout.trim();
  }

  /** Somebody who acts over HTTP only. */
  async person(name) {
    const { token, user } = await this.call("POST", "/dev/token", { body: { name } });
    // The directory knows those who have used their token.
    await this.call("GET", "/unread", { token });
    return { token, id: user.id, name };
  }

  /** The direct conversation of two people. */
  direct(one, other) {
    return this.call("POST", "/conversations", { token: one.token, body: { kind: "direct", member_ids: [other.id] } });
  }

  async say(person, conversation, message) {
    const body = { message };
    const sent = await this.call("POST", `/conversations/${conversation.id}/messages`, { token: person.token, body });
    return sent.message;
  }
}
