// A connection of npm's `ws` whose messages, pongs and end can be waited for, one after the other. What they say is
// left to the tests.
import { once } from "node:events";
import WebSocket from "ws";

export const PATIENCE_MS = 10_000;

export class Client {
  #inbox = [];
  #waiting = null;

  /** Further options are those of `ws`; compression is offered only where a test says so. */
  constructor(server, person, { protocols = [], path = "", ...options } = {}) {
    const headers = person ? { authorization: `Bearer ${person.token}` } : {};
    this.socket = new WebSocket(server.ws + path, protocols, { headers, perMessageDeflate: false, ...options });
    this.socket.on("message", (data, binary) => this.#came({ kind: binary ? "binary" : "text", data }));
    this.socket.on("pong", (data) => this.#came({ kind: "pong", data }));
    this.socket.on("close", (code, reason) => this.#came({ kind: "close", code, reason: reason.toString() }));
    // The close that follows, or `opened`, says so.
    this.socket.on("error", (error) => (this.error = error));
  }

  /** A connection that has had its welcome. */
  static async connect(server, person, options) {
    const client = new Client(server, person, options);
    client.welcome = await client.next();
    return client;
  }

  #came(what) {
    this.#inbox.push(what);
    this.#waiting?.();
  }

  /** What comes next. */
  async next() {
    if (this.#inbox.length === 0) await this.#arrival();
    return this.#inbox.shift();
  }

  #arrival() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing came within ${PATIENCE_MS} ms`)), PATIENCE_MS);
      this.#waiting = () => {
        clearTimeout(timer);
        this.#waiting = null;
        resolve();
      };
    });
  }

  /** The next message, which is a JSON frame. */
  async frame() {
    const { kind, data, ...rest } = await this.next();
    if (kind !== "text") throw new Error(`expected a frame, came ${kind} ${JSON.stringify(rest)}`);
    return JSON.parse(data.toString());
  }

  /** The end, and the messages before it. */
  async end() {
    const before = [];
    for (;;) {
      const what = await this.next();
      if (what.kind === "close") return { ...what, before };
      before.push(what);
    }
  }

  send(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  /** Closes, and waits for the end. */
  async close(code, reason) {
    this.socket.close(code, reason);
    return this.end();
  }
}

/** The status and headers with which an upgrade was refused. */
export async function refusal(client) {
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  const [, response] = await once(client.socket, "unexpected-response", { signal: timeout });
  response.resume();
  return { status: response.statusCode, headers: response.headers };
}

/** Asks until the answer is truthy. */
export async function until(question, what) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await question())) {
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
