// What to say about the connection, and what a person can do about it. Nothing while all is well.
import type { ConnectionSnapshot } from "@tutti/client";

export interface ConnectionWords {
  text: string;
  /** What is offered: trying again now, or (when trying again alone will not help) signing in afresh as well. */
  action: "none" | "try" | "sign-in";
}

export function connectionWords(connection: ConnectionSnapshot, now: number): ConnectionWords | null {
  const waiting = connection.queued === 0 ? "" : ` ${waitingWords(connection.queued)}`;
  if (connection.state === "connected") return null;
  if (connection.final) return { text: connection.problem ?? "The connection was closed.", action: "sign-in" };
  if (connection.state === "connecting" || connection.state === "authenticating") {
    return { text: `Connecting…${waiting}`, action: "none" };
  }
  if (connection.state === "reconnecting" && connection.nextAttemptAt !== null) {
    const seconds = Math.max(0, Math.ceil((connection.nextAttemptAt - now) / 1000));
    return { text: seconds > 0 ? `Reconnecting in ${seconds} s…${waiting}` : `Reconnecting…${waiting}`, action: "try" };
  }
  if (connection.problem !== null && /offline/i.test(connection.problem)) {
    return { text: "You are offline. Messages will be sent when you are back.", action: "none" };
  }
  if (connection.state === "reconnecting") return { text: `Reconnecting…${waiting}`, action: "try" };
  return { text: connection.problem ?? "Not connected.", action: "try" };
}

function waitingWords(count: number): string {
  return count === 1 ? "1 message is waiting to be sent." : `${count} messages are waiting to be sent.`;
}
