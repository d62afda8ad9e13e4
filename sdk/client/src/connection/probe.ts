// Finds out whether a transport carries frames, by signing in over it and hanging up.
// Leaves to the fallback when to ask, and what follows from the answer.

import { type Clock, Timer } from "./clock";
import { encode, LEAVE_CODE, type Socket, type SocketFactory, SUB_PROTOCOL } from "./transport";

export const PROBE_TIMEOUT_MS = 10_000;

export interface ProbeOptions {
  open: SocketFactory;
  url: string;
  token: string;
  clock: Clock;
}

/** Tells once whether a frame came from the server, and leaves nothing behind. Returns the way to call it off. */
export function probe({ open, url, token, clock }: ProbeOptions, tell: (works: boolean) => void): () => void {
  const timer = new Timer(clock);
  let socket: Socket | null = null;
  let ended = false;
  const end = (): void => {
    ended = true;
    timer.stop();
    socket?.close(LEAVE_CODE);
  };
  const answer = (works: boolean): void => {
    if (ended) return;
    end();
    tell(works);
  };
  timer.set(PROBE_TIMEOUT_MS, () => answer(false));
  try {
    socket = open(url, SUB_PROTOCOL, {
      opened: () => socket?.send(encode({ type: "auth", token })),
      message: () => answer(true),
      closed: () => answer(false),
    });
  } catch {
    // There is no such transport here at all.
    queueMicrotask(() => answer(false));
  }
  return end;
}
