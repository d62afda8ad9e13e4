// How long to wait before the next attempt. Leaves to the machine whether there is one.

export const DEFAULT_BACKOFF_MS: readonly number[] = [1000, 2000, 4000, 8000, 16000, 30000];

/** Full jitter: anywhere between nothing and the step of this attempt (1 for the first), the last step for all beyond. */
export function backoff(attempt: number, steps: readonly number[], random: () => number): number {
  const step = steps[Math.min(attempt, steps.length) - 1] ?? 0;
  return Math.floor(random() * step);
}

/** The longest wait that a server's advice can ask for. */
const LONGEST_ADVICE_MS = 60_000;

/** When the server says in a close frame's reason that the client should come back, if it says so. */
export function advisedDelay(reason: string): number | null {
  const advice = /\bretry_after_ms=(\d{1,9})\b/.exec(reason)?.[1];
  return advice === undefined ? null : Math.min(Number(advice), LONGEST_ADVICE_MS);
}
