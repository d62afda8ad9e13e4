// What is recorded of a conversation with the server, by a client that the test plays.
import { type Command, type ServerFrame, type TuttiClient, TuttiError } from "@tutti/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Entry, matches, Recorder } from "./recorder";

type Listener = (frame: ServerFrame) => void;

const listeners = new Map<string, Listener>();
const request = vi.fn<TuttiClient["request"]>();
const client = {
  request,
  on: (type: string, listener: Listener) => {
    listeners.set(type, listener);
    return () => void listeners.delete(type);
  },
} as unknown as TuttiClient;

const arrive = (frame: object) => {
  const { type } = frame as ServerFrame;
  listeners.get(type)?.(frame as ServerFrame);
};
const publication = { type: "publication", channel: "public:a", from: null, data: 1, sent_at: "", offset: 1 };

let now = 1000;
let recorder: Recorder;

/** Newest first, as they are shown. */
function recorded(): Pick<Entry, "direction" | "type">[] {
  vi.advanceTimersByTime(100);
  return recorder.feed.snapshot().rows.map(({ value: { direction, type } }) => ({ direction, type }));
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  listeners.clear();
  recorder = new Recorder(client, () => (now += 5));
});
afterEach(() => vi.useRealTimers());

describe("Recorder", () => {
  it("records what is sent, the reply with its time, and pushes, in their order", async () => {
    recorder.record(["publication", "subscribed", "pong"]);
    request.mockImplementation(() => {
      arrive({ type: "pong", server_time: "", ref: 1 });
      arrive(publication);
      return Promise.resolve({ type: "pong", server_time: "", ref: 2 });
    });
    await recorder.send({ type: "ping" });
    expect(recorded()).toEqual([
      { direction: "reply", type: "pong" },
      { direction: "push", type: "publication" },
      { direction: "sent", type: "ping" },
    ]);
    expect(recorder.feed.snapshot().rows[0]?.value).toMatchObject({ tookMs: 15 });
    expect(recorder.feed.snapshot().rows[0]?.value.text).toBe('{\n  "type": "pong",\n  "server_time": "",\n  "ref": 2\n}');
  });

  it("shows a refusal as the frame that it is, and no refusal of somebody else's request", async () => {
    recorder.record(["error"]);
    const error = { type: "error", code: "not_found", message: "no such conversation", retryable: false, ref: 9 };
    arrive({ ...error, ref: 3, code: "forbidden" });
    expect(recorded()).toEqual([]);
    request.mockImplementation(() => {
      arrive(error);
      return Promise.reject(new TuttiError("not_found", "no such conversation"));
    });
    await recorder.send({ type: "message", message: "hi" });
    expect(recorded()[0]).toEqual({ direction: "reply", type: "error" });
    expect(recorder.feed.snapshot().rows[0]?.value.text).toContain('"ref": 9');
  });

  it("says when there is no answer, except where none is to come", async () => {
    request.mockRejectedValue(new TuttiError("timeout", "late"));
    await recorder.send({ type: "typing", is_typing: true });
    expect(recorded()).toEqual([{ direction: "sent", type: "typing" }]);
    await recorder.send({ type: "ping" });
    expect(recorded()[0]).toEqual({ direction: "problem", type: "ping" });
    request.mockRejectedValue(new TuttiError("closed", "gone"));
    await recorder.send({ type: "typing", is_typing: true });
    expect(recorded()[0]).toEqual({ direction: "problem", type: "typing" });
  });

  it("sends what the types do not know, and stops listening", async () => {
    request.mockResolvedValue({ type: "pong", server_time: "" });
    await recorder.send({ type: "invented" } as unknown as Command);
    expect(request).toHaveBeenCalledWith({ type: "invented" }, {});
    const stop = recorder.record(["publication"]);
    stop();
    expect(listeners.size).toBe(0);
  });
});

describe("the filter", () => {
  it("looks into direction, type and text", () => {
    const entry: Entry = { at: 0, direction: "push", type: "publication", text: '{"channel":"public:Lobby"}' };
    expect(["PUSH", "public", " lobby ", ""].every((words) => matches(entry, words))).toBe(true);
    expect(matches(entry, "sent")).toBe(false);
  });
});
