// Pushes by asking again and again, for networks that let no stream through either. Brings what is stored (messages, receipts,
// changes of conversations), by luck typing and presence, and no channels. Leaves commands to the socket.

import type { Limits, PolledEvents, Welcome } from "../generated/protocol";
import { PROTOCOL_VERSION } from "../generated/protocol";
import { Timer } from "./clock";
import { type HttpSocketOptions, httpSocket, type Session } from "./http-socket";
import { readClaims } from "./token";
import { RECONNECT_NOW_CODE, type SocketFactory } from "./transport";

/** From the start of one request to the start of the next. The server holds a request that long when there is nothing to tell. */
export const POLL_EVERY_MS = 5000;
/** The same after a change of one's own, whose answer may have overtaken what others did before; less than a gap is waited for. */
export const POLL_SOON_MS = 500;
const POLL_TIMEOUT_MS = POLL_EVERY_MS + 15_000;
/** A poll has no welcome to tell them, so that nothing is refused here: the server judges. JSON has no `Infinity`. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const LIMITS: Limits = {
  max_frame_bytes: NO_LIMIT, max_message_chars: NO_LIMIT, max_attachments: NO_LIMIT, max_mentions: NO_LIMIT,
  max_receipt_ids: NO_LIMIT, max_members: NO_LIMIT, max_presence_subscriptions: NO_LIMIT, max_page: NO_LIMIT,
};

export function pollingSocket(options: HttpSocketOptions): SocketFactory {
  return httpSocket(options, "polling", poll);
}

async function poll(session: Session, since: string | null): Promise<void> {
  const first = await ask(session, since, 0);
  session.deliver(JSON.stringify({ type: "welcome", ...welcome(session, first.polled, first.serverTime) }));
  deliverAll(session, first.polled);
  let position = first.polled.since;
  const rhythm = new Rhythm(session);
  while (await rhythm.next()) {
    const { polled } = await ask(session, position, POLL_EVERY_MS);
    if (!polled.resumed || polled.reset.length > 0) return session.end(RECONNECT_NOW_CODE, "too much was missed");
    deliverAll(session, polled);
    position = polled.since;
  }
}

function ask(session: Session, since: string | null, waitMs: number): Promise<{ polled: PolledEvents; serverTime: string }> {
  const query = new URLSearchParams({ ...(since === null ? {} : { since }), timeout: String(waitMs / 1000) });
  return session.get(`/events/poll?${query.toString()}`, "application/json", POLL_TIMEOUT_MS, async (reply) => {
    const date = Date.parse(reply.headers.get("Date") ?? "");
    const serverTime = new Date(Number.isNaN(date) ? session.clock.now() : date).toISOString();
    return { polled: (await reply.json()) as PolledEvents, serverTime };
  });
}

function welcome(session: Session, polled: PolledEvents, serverTime: string): Welcome {
  const { sub, name } = readClaims(session.token);
  return {
    protocol: PROTOCOL_VERSION, connection_id: "", user: { id: sub ?? "", name }, server_time: serverTime,
    heartbeat_ms: POLL_EVERY_MS, resumed: polled.resumed, reset: polled.reset, since: polled.since, limits: LIMITS,
  };
}

function deliverAll(session: Session, polled: PolledEvents): void {
  for (const event of polled.events) session.deliver(JSON.stringify(event));
}

/** When to ask again. */
class Rhythm {
  readonly #timer: Timer;
  #startedAt: number;
  #interval = POLL_EVERY_MS;
  #ended = false;
  /** Somebody waits for the next time. */
  #waiting: ((again: boolean) => void) | null = null;

  constructor(private readonly session: Session) {
    this.#timer = new Timer(session.clock);
    this.#startedAt = session.clock.now();
    session.onChange(() => {
      this.#interval = POLL_SOON_MS;
      if (this.#waiting !== null) this.#schedule();
    });
    session.onEnd(() => {
      this.#ended = true;
      this.#resolve(false);
    });
  }

  /** Resolves with true when it is time, at once if it has passed; with false when the session has ended. */
  next(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#ended) return this.#resolve(false);
    this.#timer.set(Math.max(0, this.#startedAt + this.#interval - this.session.clock.now()), () => {
      this.#startedAt = this.session.clock.now();
      this.#interval = POLL_EVERY_MS;
      this.#resolve(true);
    });
  }

  #resolve(again: boolean): void {
    this.#timer.stop();
    this.#waiting?.(again);
    this.#waiting = null;
  }
}
