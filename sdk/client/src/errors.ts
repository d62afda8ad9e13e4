// The one error of the SDK, and how it is made from what the wire, HTTP and the network say.
// Leaves to others what to do about it (queue, views).

import { ERROR_MEANINGS, type ErrorBody, type ErrorCode } from "./generated/protocol";

export type TuttiErrorCode = ErrorCode | "network" | "timeout" | "closed";

const LOCAL_MEANINGS: Record<"network" | "timeout" | "closed", string> = {
  network: "The server cannot be reached.",
  timeout: "The server did not answer in time.",
  closed: "You are not connected.",
};

/** Whatever can go wrong with a request. */
export class TuttiError extends Error {
  override readonly name = "TuttiError";
  readonly code: TuttiErrorCode;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | null;
  /** The field at fault. */
  readonly field: string | null;
  /** One sentence for a person. */
  readonly userMessage: string;

  constructor(code: TuttiErrorCode, message: string, more: Partial<Pick<TuttiError, "retryable" | "retryAfterMs" | "field" | "userMessage">> = {}) {
    super(message);
    this.code = code;
    this.retryable = more.retryable ?? false;
    this.retryAfterMs = more.retryAfterMs ?? null;
    this.field = more.field ?? null;
    this.userMessage = more.userMessage ?? meaningOf(code);
  }
}

function meaningOf(code: TuttiErrorCode): string {
  return code === "network" || code === "timeout" || code === "closed" ? LOCAL_MEANINGS[code] : ERROR_MEANINGS[code];
}

/** What the server says, in an `error` frame or an HTTP reply. */
export function fromBody(body: ErrorBody): TuttiError {
  return new TuttiError(body.code, body.message, {
    retryable: body.retryable,
    retryAfterMs: body.retry_after_ms ?? null,
    field: body.details?.field ?? null,
    // What fails validation is best explained by the server's own sentence.
    userMessage: body.code === "validation_failed" || body.code === "conflict" ? body.message : ERROR_MEANINGS[body.code] ?? body.message,
  });
}

/** What happens on the way to the server. */
export function localError(code: "network" | "timeout" | "closed", message = LOCAL_MEANINGS[code]): TuttiError {
  return new TuttiError(code, message, { retryable: true });
}

/** Any thrown value as a TuttiError. */
export function asTuttiError(thrown: unknown): TuttiError {
  if (thrown instanceof TuttiError) return thrown;
  return localError("network", thrown instanceof Error ? thrown.message : String(thrown));
}

/** Lets a caller ignore a promise: its rejection is never "unhandled", and still reaches whoever awaits it. */
export function ignorable<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
