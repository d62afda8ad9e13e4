// How frames are written: JSON, or MessagePack, which is loaded only where it is asked for.
// Leaves to the transports which of the two a socket speaks.

import type { Command, Ref, ServerFrame } from "../generated/protocol";
import type { Log } from "../log";
import { asServerFrame, decode, encode, type FrameData, SUB_PROTOCOL } from "./transport";

/** How frames are written over a WebSocket. */
export type CodecName = "json" | "msgpack";

export interface Codec {
  /** The sub-protocol that says so. */
  readonly protocol: string;
  encode(command: Command, ref?: Ref): FrameData;
  /** The frame in `data`; null if it is none, or of a type that this version does not know. */
  decode(data: FrameData): ServerFrame | null;
}

export const jsonCodec: Codec = {
  protocol: SUB_PROTOCOL,
  encode,
  decode: (data) => (typeof data === "string" ? decode(data) : null),
};

export const MSGPACK_PROTOCOL = "tutti.v1.msgpack";

/** The codec of that name; JSON with a warning where the code of `@msgpack/msgpack` cannot be loaded. */
export async function loadCodec(name: CodecName, log: Log): Promise<Codec> {
  if (name === "json") return jsonCodec;
  try {
    return msgpackCodec(await import("@msgpack/msgpack"));
  } catch (error) {
    log.warn("@msgpack/msgpack could not be loaded, so frames are written as JSON", error);
    return jsonCodec;
  }
}

function msgpackCodec(msgpack: typeof import("@msgpack/msgpack")): Codec {
  return {
    protocol: MSGPACK_PROTOCOL,
    encode: (command, ref) => msgpack.encode(ref === undefined ? command : { ...command, ref }, { ignoreUndefined: true }),
    decode: (data) => {
      if (typeof data === "string") return null;
      try {
        return asServerFrame(msgpack.decode(data));
      } catch {
        return null;
      }
    },
  };
}

/** How many bytes a frame takes. */
export function sizeOf(data: FrameData): number {
  return typeof data === "string" ? new TextEncoder().encode(data).length : data.length;
}
