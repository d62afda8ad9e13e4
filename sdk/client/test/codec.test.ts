// Frames as MessagePack, and as JSON where the other side or the package says so.

import { decode, encode } from "@msgpack/msgpack";
import { describe, expect, it, vi } from "vitest";
import { createClient } from "../src/index";
import { jsonCodec, loadCodec, MSGPACK_PROTOCOL, sizeOf } from "../src/connection/codec";
import { createLog } from "../src/log";
import { HandCarrier } from "./support/fake-carrier";
import { FakeNetwork } from "./support/fake-network";
import { welcome } from "./support/fixtures";
import { ManualClock } from "../../testing/src/manual-clock";

const silent = createLog("silent");

async function connecting(protocol?: string) {
  const carrier = new HandCarrier();
  const client = createClient({ url: "http://tutti.test", token: "t", codec: "msgpack", transports: ["websocket"], socket: carrier.open, clock: new ManualClock(), network: new FakeNetwork(), log: "silent" });
  client.connect();
  await vi.waitUntil(() => carrier.sockets.length > 0);
  carrier.last.handlers.opened(protocol === undefined ? {} : { protocol });
  return { client, socket: carrier.last };
}

describe("MessagePack", () => {
  it("is asked for by the sub-protocol and spoken in both directions", async () => {
    const { client, socket } = await connecting();
    expect(socket.protocol).toBe(MSGPACK_PROTOCOL);
    expect(decode(socket.sent[0] as Uint8Array)).toEqual({ type: "auth", token: "t" });
    socket.handlers.message(encode(welcome()));
    expect(client.connection.snapshot()).toMatchObject({ state: "connected", user: { id: "alice" } });
    const asked = client.request({ type: "ping" });
    const { ref } = decode(socket.sent.at(-1) as Uint8Array) as { ref: number };
    socket.handlers.message(encode({ type: "pong", server_time: "", ref }));
    await expect(asked).resolves.toMatchObject({ type: "pong" });
  });

  it("leaves out what is not there, as JSON does", async () => {
    const codec = await loadCodec("msgpack", silent);
    const data = codec.encode({ type: "presence_set", status: "away", text: undefined } as never, 1);
    expect(decode(data as Uint8Array)).toEqual({ type: "presence_set", status: "away", ref: 1 });
  });

  it.each([["text", '{"type":"pong"}'], ["broken bytes", Uint8Array.of(0xc1)], ["half a frame", encode(welcome()).slice(0, 9)], ["no frame", encode([1])], ["an unknown frame", encode({ type: "later" })]])("does not understand %s", async (_name, data) => {
    expect((await loadCodec("msgpack", silent)).decode(data)).toBeNull();
  });

  it("gives way to JSON where the server, or what is between, speaks only that", async () => {
    const { client, socket } = await connecting(jsonCodec.protocol);
    expect(socket.sent[0]).toBe('{"type":"auth","token":"t"}');
    socket.handlers.message(JSON.stringify(welcome()));
    expect(client.connection.snapshot().state).toBe("connected");
  });

  it("gives way to JSON, with a warning, where its package is missing", async () => {
    vi.doMock("@msgpack/msgpack", () => { throw new Error("Cannot find package"); });
    const lines: string[] = [];
    const codec = await loadCodec("msgpack", createLog("warn", (level, text) => lines.push(`${level}: ${text}`)));
    vi.doUnmock("@msgpack/msgpack");
    expect(codec).toBe(jsonCodec);
    expect(lines).toEqual([expect.stringMatching(/^warn: .*@msgpack\/msgpack/)]);
  });
});

describe("JSON", () => {
  it("does not understand bytes", () => expect(jsonCodec.decode(encode(welcome()))).toBeNull());
});

it("measures frames in bytes", () => {
  expect([sizeOf("für 😀"), sizeOf(Uint8Array.of(1, 2, 3))]).toEqual([9, 3]);
});
