// Server-Sent Events out of text that was cut anywhere.

import { describe, expect, it } from "vitest";
import { EventParser, LONGEST_EVENT, readEvents, type StreamEvent } from "../src/connection/event-stream";

const STREAM = 'id: 7\ndata: {"type":"welcome"}\n\n:\n\nevent: close\r\ndata: {"code":4102}\r\n\r\ndata: one\ndata:two\n\nretry: 5\n\ndata\n\n';
const EVENTS: StreamEvent[] = [
  { event: "message", data: '{"type":"welcome"}' },
  { event: "close", data: '{"code":4102}' },
  { event: "message", data: "one\ntwo" },
  { event: "message", data: "" },
];

describe("the parser", () => {
  it("finds the events in one piece", () => expect(new EventParser().push(STREAM)).toEqual(EVENTS));

  it("finds them wherever the text is cut in two", () => {
    for (let at = 0; at <= STREAM.length; at++) {
      const parser = new EventParser();
      expect([...parser.push(STREAM.slice(0, at)), ...parser.push(STREAM.slice(at))]).toEqual(EVENTS);
    }
  });

  it("finds them letter by letter", () => {
    const parser = new EventParser();
    expect([...STREAM].flatMap((letter) => parser.push(letter))).toEqual(EVENTS);
  });

  it("keeps what is not complete to itself", () => {
    const parser = new EventParser();
    expect(parser.push("data: half")).toEqual([]);
    expect(parser.push("\n")).toEqual([]);
    expect(parser.push("\n")).toEqual([{ event: "message", data: "half" }]);
  });

  it.each([["one line", "x"], ["many lines", `data: ${"x".repeat(1000)}\n`]])("refuses an event that is too long, in %s", (_name, part) => {
    const parser = new EventParser();
    const piece = part.repeat(Math.ceil(LONGEST_EVENT / part.length / 2));
    expect(() => {
      for (let count = 0; count < 20; count++) parser.push(piece);
    }).toThrow(RangeError);
  });
});

describe("a body", () => {
  it("is read to its end, also where a letter is cut in the middle", async () => {
    const bytes = new TextEncoder().encode("data: für 😀\n\n");
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const events: StreamEvent[] = [];
    let heard = 0;
    await readEvents(body, () => heard++, (event) => events.push(event));
    expect(events).toEqual([{ event: "message", data: "für 😀" }]);
    expect(heard).toBe(bytes.length);
  });
});
