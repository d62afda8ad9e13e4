// The one error of the SDK, and how it is made from what the wire, HTTP and the network say.
// Leaves to others what to do about it (queue, views).

import { ERROR_MEANINGS, type ErrorBody, type ErrorCode } from "./generated/protocol";

/** Why something failed: a code of the server, or what happened on the way to it. */
export type TuttiErrorCode = ErrorCode | "network" | "timeout" | "closed";

type LocalCode = Exclude<TuttiErrorCode, ErrorCode>;

/** One sentence for each code, for a person who meets it. A code without one does not compile. */
export const ERROR_TEXTS: Readonly<Record<TuttiErrorCode, string>> = {
  ...ERROR_MEANINGS,
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
    this.userMessage = more.userMessage ?? ERROR_TEXTS[code];
  }
}

/** What the server says, in an `error` frame or an HTTP reply. */
export function fromBody(body: ErrorBody): TuttiError {
  return new TuttiError(body.code, body.message, {
    retryable: body.retryable,
    retryAfterMs: body.retry_after_ms ?? null,
    field: body.details?.field ?? null,
    // What fails validation is best explained by the server's own sentence.
    userMessage: body.code === "validation_failed" || body.code === "conflict" ? body.message : textOf(body),
  });
}

/** A code of a newer server has no text here; its own sentence is the next best. */
function textOf({ code, message }: ErrorBody): string {
  return Object.hasOwn(ERROR_TEXTS, code) ? ERROR_TEXTS[code] : message;
}

/** What happens on the way to the server. */
export function localError(code: LocalCode, message = ERROR_TEXTS[code]): TuttiError {
  return new TuttiError(code, message, { retryable: true });
}

/** Of what belongs to a session that is over. */
export function sessionEnded(): TuttiError {
  return localError("closed", "The session was ended.");
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
