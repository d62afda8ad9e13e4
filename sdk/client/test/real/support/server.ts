// The real server as a process of its own, with a directory for its data: started, killed, stopped and started again.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const SETTINGS = {
  TUTTI_LIMITS__MESSAGE: "100000/1s",
  TUTTI_LIMITS__FRAME: "1000000/1s",
  TUTTI_CONNECTIONS__MAX_PER_USER: "100",
  TUTTI_SERVER__SHUTDOWN_SECONDS: "2",
};

export class RealServer {
  #process: ChildProcess | null = null;
  #listen = "127.0.0.1:0";

  private constructor(private readonly dataDir: string) {}

  static async start(): Promise<RealServer> {
    const server = new RealServer(await mkdtemp(join(tmpdir(), "tutti-sdk-")));
    try {
      await server.start();
    } catch (error) {
      await server.dispose();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `http://${this.#listen}`;
  }

  /** Starts it, the first time on any free port and later on the same one. Resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(binary(), ["serve", "--dev", "--data-dir", this.dataDir, "--listen", this.#listen], {
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#listen = await ready(child);
  }

  /** A token for a user, good for so many seconds. */
  async token(user: string, seconds: number): Promise<string> {
    const { stdout } = await promisify(execFile)(binary(), ["token", "--user", user, "--ttl", `${seconds}s`, "--data-dir", this.dataDir], { env: environment() });
    return stdout.trim();
  }

  /** Ends it without a warning, as a lost machine would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks it to stop, so that it can say goodbye to its clients. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** For good. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.dataDir, { recursive: true });
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }
}

/** Nothing else that begins with TUTTI_, for the server takes it for a setting. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], ...SETTINGS };
}

function binary(): string {
  const path = process.env["TUTTI_BIN"];
  if (path === undefined || path === "") throw new Error("TUTTI_BIN must name the server's binary");
  return resolve(path);
}

/** The address from `Tutti is ready: http://...`; everything it said, if it ends before. */
async function ready(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  if (child.stdout === null) throw new Error("the server has no standard output");
  for await (const line of createInterface(child.stdout)) {
    said.push(`${line}\n`);
    const address = /ready: http:\/\/([^\s/]+)/.exec(line)?.[1];
    if (address !== undefined) return drained(child, address);
  }
  throw new Error(`the server did not start:\n${said.join("")}`);
}

/** Reads on, so that a full pipe does not hold the server up. */
function drained(child: ChildProcess, address: string): string {
  child.stdout?.resume();
  return address;
}
