// What a form or button needs around what it asks of the server: whether it is under way, and in words what went wrong.
import { useState } from "react";
import { problemText } from "./problem";

export interface Attempt {
  busy: boolean;
  /** Of the last attempt; null while nothing is wrong. */
  problem: string | null;
  /** Never rejects. */
  attempt(action: () => Promise<void>): Promise<void>;
}

export function useAttempt(): Attempt {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function attempt(action: () => Promise<void>): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      await action();
    } catch (error) {
      setProblem(problemText(error));
    } finally {
      setBusy(false);
    }
  }

  return { busy, problem, attempt };
}
