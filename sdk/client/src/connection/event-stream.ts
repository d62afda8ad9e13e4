// Reads Server-Sent Events out of a response, piece by piece as they come (the browser's EventSource sends no headers of ours).
// Leaves to the socket what the events mean.

export interface StreamEvent {
  /** `message` where the server names none. */
  event: string;
  data: string;
}

/** Characters that one event may have; a server that sends more is not ours. */
export const LONGEST_EVENT = 1024 * 1024;

/** Cuts text into events, however it was cut on its way. */
export class EventParser {
  #rest = "";
  #event = "message";
  #data: string[] = [];
  #size = 0;

  /** The events that `text` completes. Throws a RangeError when one is too long. */
  push(text: string): StreamEvent[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    const events: StreamEvent[] = [];
    for (const line of lines) {
      const event = this.#line(line);
      if (event !== null) events.push(event);
    }
    if (this.#size + this.#rest.length > LONGEST_EVENT) throw new RangeError("an event is too long");
    return events;
  }

  #line(line: string): StreamEvent | null {
    if (line === "") return this.#finish();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    if (name === "data") {
      this.#data.push(value);
      this.#size += value.length;
    }
    return null;
  }

  #finish(): StreamEvent | null {
    const event = this.#data.length === 0 ? null : { event: this.#event, data: this.#data.join("\n") };
    this.#event = "message";
    this.#data = [];
    this.#size = 0;
    return event;
  }
}

/** Reads a body to its end; `heard` is called for every piece, `event` for every event. */
export async function readEvents(body: ReadableStream<Uint8Array>, heard: () => void, event: (event: StreamEvent) => void): Promise<void> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    heard();
    for (const next of parser.push(decoder.decode(piece.value, { stream: true }))) event(next);
  }
}
