// Waiting for conditions, with a bound: the only way these tests let time pass.

export const PATIENCE_MS = 30_000;
const STEP_MS = 50;

/** Asks until the answer is truthy, and returns it. The message says what was waited for and what was there instead. */
export async function until(question, what, timeoutMs = PATIENCE_MS) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}

/** Asks until the answer equals `wanted`. */
export async function untilEqual(question, wanted, what, timeoutMs = PATIENCE_MS) {
  const text = JSON.stringify(wanted);
  let last;
  try {
    await until(async () => {
      last = await question();
      return JSON.stringify(last) === text;
    }, what, timeoutMs);
  } catch (error) {
    error.message += `; wanted ${text}, found ${JSON.stringify(last)}`;
    throw error;
  }
}
