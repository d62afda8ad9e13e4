// Sends frames over the page's own connection and records them with their replies, and every push, in the order in which
// they went and came. What the rest of the page asks for itself is left out.
import { type Command, type ServerFrame, type TuttiClient, TuttiError } from "@tutti/client";
import { Feed } from "../app/feed";

export interface Entry {
  /** When, in milliseconds by the local clock. */
  at: number;
  direction: "sent" | "reply" | "push" | "problem";
  /** Of the frame; of a problem, that of the frame that it is about. */
  type: string;
  /** The frame as JSON; of a problem, the words for it. */
  text: string;
  /** Of a reply: how long it took. */
  tookMs?: number;
}

/** Commands that the server does not answer: waiting for a reply would only end in a timeout. */
const UNANSWERED: ReadonlySet<string> = new Set(["typing", "logout"]);
const UNANSWERED_WAIT_MS = 1000;

type FrameType = ServerFrame["type"];

export class Recorder {
  readonly feed = new Feed<Entry>();
  readonly #client: TuttiClient;
  readonly #now: () => number;
  /** The last refusal that came: a rejected request does not carry the frame itself. */
  #refusal: ServerFrame | null = null;

  constructor(client: TuttiClient, now: () => number = Date.now) {
    this.#client = client;
    this.#now = now;
  }

  /** Records what is pushed, of these types, until the returned function is called. */
  record(types: readonly string[]): () => void {
    const stops = types.map((type) => this.#client.on(type as FrameType, (frame) => this.#received(frame)));
    return () => stops.forEach((stop) => stop());
  }

  /** Never rejects: what goes wrong is recorded too. */
  async send(command: Command): Promise<void> {
    const { type } = command;
    const sentAt = this.#now();
    this.#add("sent", type, command);
    const unanswered = UNANSWERED.has(type);
    try {
      const reply = await this.#client.request(command, unanswered ? { timeoutMs: UNANSWERED_WAIT_MS } : {});
      this.#add("reply", reply.type, reply, this.#now() - sentAt);
    } catch (thrown) {
      const timedOut = thrown instanceof TuttiError && thrown.code === "timeout";
      if (!(unanswered && timedOut)) this.#failed(type, thrown, this.#now() - sentAt);
    }
  }

  #received(frame: ServerFrame): void {
    if (frame.type === "error" && frame.ref !== undefined) this.#refusal = frame;
    if (frame.ref === undefined) this.#add("push", frame.type, frame);
  }

  #failed(type: string, thrown: unknown, tookMs: number): void {
    const refusal = this.#refusal;
    this.#refusal = null;
    const isIt = refusal?.type === "error" && thrown instanceof TuttiError && refusal.code === thrown.code && refusal.message === thrown.message;
    if (isIt) return this.#add("reply", refusal.type, refusal, tookMs);
    this.feed.add({ at: this.#now(), direction: "problem", type, text: thrown instanceof TuttiError ? thrown.userMessage : String(thrown) });
  }

  #add(direction: Entry["direction"], type: string, frame: object, tookMs?: number): void {
    this.feed.add({ at: this.#now(), direction, type, text: JSON.stringify(frame, null, 2), ...(tookMs === undefined ? {} : { tookMs }) });
  }
}

/** Whether an entry has the words in it. */
export function matches({ direction, type, text }: Entry, words: string): boolean {
  const wanted = words.trim().toLowerCase();
  return [direction, type, text].some((part) => part.toLowerCase().includes(wanted));
}
