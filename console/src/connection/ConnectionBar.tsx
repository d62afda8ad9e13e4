// The calm bar that says how the connection is, when it is not well. The words are in words.ts.
import { useConnection } from "@tutti/react";
import { useEffect, useState } from "react";
import { useApp } from "../app/context";
import { connectionWords } from "./words";

/** Nobody needs to hear of a connection that takes less than this. */
const PATIENCE_MS = 800;

const TONES = { notice: "min-h-8 bg-warn-soft text-sm text-warn-ink", quiet: "text-xs text-ink-faint" };

export function ConnectionBar() {
  const { signOut } = useApp();
  const connection = useConnection();
  const now = useSeconds(connection.nextAttemptAt !== null);
  const words = connectionWords(connection, now);
  const shown = useLasting(words !== null, PATIENCE_MS);
  const link = "rounded font-medium underline underline-offset-2 hover:no-underline";
  return (
    <div
      role="status"
      data-testid="connection-state"
      data-state={connection.state}
      className={words === null ? "sr-only" : undefined}
    >
      {words === null && "Connected"}
      {words !== null && (shown || connection.final) && (
        <div className={`flex flex-wrap items-center justify-center gap-x-3 px-4 py-1 text-center ${TONES[words.tone]}`}>
          <span>{words.text}</span>
          {words.action !== "none" && (
            <button type="button" className={link} onClick={() => connection.reconnect()}>
              {connection.final ? "Try again" : "Try now"}
            </button>
          )}
          {words.action === "sign-in" && (
            <button type="button" className={link} onClick={signOut}>
              Sign in again
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** The time, renewed twice a second while it matters. */
function useSeconds(matters: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!matters) return;
    setNow(Date.now());
    const timer = window.setInterval(() => setNow(Date.now()), 500);
    return () => window.clearInterval(timer);
  }, [matters]);
  return now;
}

/** True once `value` has been true for a while; false at once. */
function useLasting(value: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    setLasting(false);
    if (!value) return;
    const timer = window.setTimeout(() => setLasting(true), ms);
    return () => window.clearTimeout(timer);
  }, [value, ms]);
  return value && lasting;
}
