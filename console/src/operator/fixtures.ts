// Made-up answers of the operator's interface, for the tests beside it.
import type { Counters, Overview } from "@tutti/client";

export const START = Date.parse("2026-11-21T10:00:00.000Z");

export function overview(seconds: number, counted: Partial<Counters> = {}, startedAt = START): Overview {
  const none = { frames_received: 0, frames_delivered: 0, frames_dropped: 0, errors: 0, publications: 0, opened: 0, slow_consumers: 0, closed: [] };
  return {
    node: {
      version: "0.1.0",
      started_at: new Date(startedAt).toISOString(),
      now: new Date(START + seconds * 1000).toISOString(),
      shards: 2,
      transports: ["websocket", "sse", "poll"],
    },
    connections: { total: 12, websocket: 9, sse: 2, poll: 1 },
    users: 7,
    channels: 3,
    counters: { ...none, ...counted },
  };
}
