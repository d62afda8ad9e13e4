// What scenarios see of a server, whichever it is: people with the SDK in their hands, bare connections, HTTP, and time.
// Everything that a connection hears is kept, so that two servers can be compared.

import { type Clock, createClient, type ServerFrame, type Socket, type SocketFactory, type TuttiClient, type TuttiError } from "@tutti/client";

/** A server under test. */
export interface Backend {
  url: string;
  fetch: typeof fetch;
  /** How its clients tell the time. */
  clock: Clock | null;
  /** Opens connections; `cut` breaks the last one off without a word. */
  wire(): { socket: SocketFactory; cut(): void };
  /** Lets so many milliseconds pass. */
  pass(ms: number): Promise<void>;
}

export interface Person {
  id: string;
  token: string;
  client: TuttiClient;
  heard: Frame[];
  cut(): void;
}

/** A connection without the SDK. */
export interface Bare {
  heard: Frame[];
  send(frame: object | string): void;
  close(code: number): void;
  /** The code with which the server closed it. */
  closed(): number | null;
}

/** A frame as it came, with everything that is in it. */
export type Frame = ServerFrame & Record<string, unknown>;

const STEP_MS = 10;
const DEADLINE_MS = 15_000;

export class World {
  readonly #heard = new Map<string, Frame[]>();
  readonly #people: Person[] = [];

  constructor(private readonly backend: Backend) {}

  /** Signs in by name and connects. Twice by the same name is a second device. */
  async join(name: string): Promise<Person> {
    const person = await this.signIn(name);
    person.client.connect();
    await this.until(`${name} is connected`, () => person.client.connection.snapshot().state === "connected");
    return person;
  }

  /** Signs in by name without connecting. */
  async signIn(name: string): Promise<Person> {
    const { url, fetch, clock } = this.backend;
    const { socket, cut } = this.backend.wire();
    const heard = this.#record(name);
    const issued = await this.#ask("POST", "/dev/token", null, { name });
    const { token, user } = issued.body as { token: string; user: { id: string } };
    const client = createClient({
      url, token, fetch, socket: tapped(socket, heard), backoffMs: [50], maxAttempts: Infinity, log: "silent", ...(clock === null ? {} : { clock }),
    });
    const person = { id: user.id, token, client, heard, cut };
    this.#people.push(person);
    return person;
  }

  /** A group of everybody, created by the first. */
  async group(...[first, ...others]: [Person, ...Person[]]): Promise<string> {
    const { id } = await first.client.api.createConversation({ title: "room", member_ids: others.map((person) => person.id) });
    for (const person of [first, ...others]) await this.saw(person, "conversation_created", 1, id);
    return id;
  }

  /** Opens a connection without the SDK. */
  async bare(name: string): Promise<Bare> {
    const heard = this.#record(name);
    let [opened, code] = [false, null as number | null];
    const socket = this.backend.wire().socket(`${this.backend.url.replace("http", "ws")}/ws`, "tutti.v1.json", {
      opened: () => void (opened = true),
      message: (text: unknown) => void heard.push(JSON.parse(String(text)) as Frame),
      closed: (closedWith) => void (code = closedWith),
    });
    await this.until(`${name} is open`, () => opened);
    return { heard, send: (frame) => socket.send(typeof frame === "string" ? frame : JSON.stringify(frame)), close: (with_) => socket.close(with_), closed: () => code };
  }

  /** Asks over HTTP as somebody, or as nobody. */
  http(person: Person | null, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
    return this.#ask(method, path, person?.token ?? null, body, headers);
  }

  /** Waits until somebody has heard so many frames of a type, of one conversation if it is given. */
  async saw({ heard }: { heard: Frame[] }, type: ServerFrame["type"], times = 1, conversation?: string): Promise<void> {
    await this.until(`${times} ${type}`, () => count(heard, type, conversation) >= times, () => JSON.stringify(heard.map((frame) => frame.type)));
  }

  async until(what: string, holds: () => boolean, there: () => string = () => ""): Promise<void> {
    for (let waited = 0; !holds(); waited += STEP_MS) {
      if (waited > DEADLINE_MS) throw new Error(`it did not come about: ${what} ${there()}`);
      await this.backend.pass(STEP_MS);
    }
  }

  pass(ms: number): Promise<void> {
    return this.backend.pass(ms);
  }

  /** What everybody heard so far: replies and pushes, each in their order. Which of the two comes first is left open. */
  heard(): Record<string, { replies: Frame[]; pushes: Frame[] }> {
    const kept = [...this.#heard].map(([name, frames]) => {
      const known = frames.filter((frame) => frame.type !== "pong");
      const isReply = (frame: Frame): boolean => "ref" in frame;
      return [name, { replies: known.filter(isReply), pushes: known.filter((frame) => !isReply(frame)) }] as const;
    });
    return Object.fromEntries(kept);
  }

  leave(): void {
    for (const { client } of this.#people) client.disconnect();
  }

  /** Each connection has its own record, under the name and a number. */
  #record(name: string): Frame[] {
    const heard: Frame[] = [];
    this.#heard.set(`${name} ${this.#heard.size}`, heard);
    return heard;
  }

  async #ask(method: string, path: string, token: string | null, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
    const reply = await this.backend.fetch(`${this.backend.url}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(token === null ? {} : { Authorization: `Bearer ${token}` }), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: reply.status, body: reply.status === 204 ? null : await reply.json() };
  }
}

/** How a request was refused; what was answered if it was not. */
export function refused(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    (answer) => ({ answer }),
    (error: TuttiError) => ({ code: error.code, message: error.message, field: error.field, retryable: error.retryable }),
  );
}

function count(frames: readonly Frame[], type: string, conversation?: string): number {
  return frames.filter((frame) => frame.type === type && (conversation === undefined || JSON.stringify(frame).includes(conversation))).length;
}

function tapped(open: SocketFactory, heard: Frame[]): SocketFactory {
  return (url, protocol, handlers): Socket =>
    open(url, protocol, {
      ...handlers,
      opened: () => handlers.opened(),
      closed: (code, reason) => handlers.closed(code, reason),
      message: (data) => {
        heard.push(JSON.parse(String(data)) as Frame);
        handlers.message(data);
      },
    });
}
