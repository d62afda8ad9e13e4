// Pushes as Server-Sent Events, for networks that let no WebSocket through.
// Leaves commands to the socket that it is the course of.

import { localError } from "../errors";
import { Timer } from "./clock";
import { readEvents, type StreamEvent } from "./event-stream";
import { type HttpSocketOptions, httpSocket, type Session } from "./http-socket";
import { decode, LOST_CODE, type SocketFactory } from "./transport";

/** For the server to begin the stream. */
const BEGIN_TIMEOUT_MS = 15_000;
/** Silence that is a lost stream until the welcome says how often the server speaks. */
const DEFAULT_HEARTBEAT_MS = 30_000;
/** The server speaks at every heartbeat; half of another is for the way. */
const PATIENCE = 1.5;

export function sseSocket(options: HttpSocketOptions): SocketFactory {
  return httpSocket(options, "sse", stream);
}

async function stream(session: Session, since: string | null): Promise<void> {
  const query = since === null ? "" : `?since=${encodeURIComponent(since)}`;
  const body = await session.get(`/events${query}`, "text/event-stream", BEGIN_TIMEOUT_MS, bodyOf);
  const silence = new Timer(session.clock);
  session.onEnd(() => silence.stop());
  let heartbeatMs = DEFAULT_HEARTBEAT_MS;
  const heard = (): void => silence.set(heartbeatMs * PATIENCE, () => session.end(LOST_CODE, "the event stream went silent"));
  heard();
  await readEvents(body, heard, (event) => {
    if (session.connectionId === null) heartbeatMs = welcomed(session, event) ?? heartbeatMs;
    take(session, event);
  });
  session.end(LOST_CODE, "the event stream ended");
}

function bodyOf(reply: Response): Promise<ReadableStream<Uint8Array>> {
  const isStream = reply.headers.get("Content-Type")?.startsWith("text/event-stream") === true;
  if (reply.body !== null && isStream) return Promise.resolve(reply.body);
  return Promise.reject(localError("network", "something in between does not let the event stream through"));
}

/** Commands act for this stream from now on. Returns how often the server speaks. */
function welcomed(session: Session, event: StreamEvent): number | null {
  const frame = decode(event.data);
  if (frame?.type !== "welcome") return null;
  session.connectionId = frame.connection_id;
  return frame.heartbeat_ms;
}

function take(session: Session, event: StreamEvent): void {
  if (event.event === "message") return session.deliver(event.data);
  if (event.event !== "close") return;
  const { code, reason } = JSON.parse(event.data) as { code: number; reason: string };
  session.end(code, reason);
}
