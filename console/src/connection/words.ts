// What to say about the connection, and what a person can do about it. Nothing while all is well.
import type { ConnectionSnapshot, Transport } from "@tutti/client";

export interface ConnectionWords {
  text: string;
  /** `quiet`: nothing is wrong, and nobody needs to be interrupted to hear it. */
  tone: "notice" | "quiet";
  /** What is offered: trying again now, or (when trying again alone will not help) signing in afresh as well. */
  action: "none" | "try" | "sign-in";
}

/** What is said of a connection that works, but not over a WebSocket. */
const FALLBACK_WORDS: Partial<Record<Transport, string>> = {
  sse: "This network blocks the usual connection. Another one is used.",
  polling: "This network allows only a slow connection. New messages come every few seconds.",
};

export function connectionWords(connection: ConnectionSnapshot, now: number): ConnectionWords | null {
  if (connection.state === "connected") return fallbackWords(connection.transport);
  if (connection.final) return notice(connection.problem ?? "The connection was closed.", "sign-in");
  const waiting = connection.queued === 0 ? "" : ` ${waitingWords(connection.queued)}`;
  if (connection.state === "connecting" || connection.state === "authenticating") return notice(`Connecting…${waiting}`, "none");
  if (connection.paused) return { text: `Paused while nobody looks.${waiting}`, tone: "quiet", action: "none" };
  if (connection.state === "reconnecting" && connection.nextAttemptAt !== null) {
    const seconds = Math.max(0, Math.ceil((connection.nextAttemptAt - now) / 1000));
    return notice(seconds > 0 ? `Reconnecting in ${seconds} s…${waiting}` : `Reconnecting…${waiting}`, "try");
  }
  if (connection.state === "reconnecting" && !connection.online) {
    return notice("You are offline. Messages will be sent when you are back.", "none");
  }
  if (connection.state === "reconnecting") return notice(`Reconnecting…${waiting}`, "try");
  return notice(connection.problem ?? "Not connected.", "try");
}

function notice(text: string, action: ConnectionWords["action"]): ConnectionWords {
  return { text, tone: "notice", action };
}

function fallbackWords(transport: Transport | null): ConnectionWords | null {
  const text = transport === null ? undefined : FALLBACK_WORDS[transport];
  return text === undefined ? null : { text, tone: "quiet", action: "none" };
}

function waitingWords(count: number): string {
  return count === 1 ? "1 message is waiting to be sent." : `${count} messages are waiting to be sent.`;
}
