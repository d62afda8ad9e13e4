// Why the fake server does not do what it is asked, in the words of the real one. Leaves to the edges how it is told.

import { ERROR_MEANINGS, type ErrorBody, type ErrorCode } from "@tutti/client";

interface More {
  field?: string;
  limit?: number;
  retryAfterMs?: number;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["rate_limited", "unavailable", "internal"]);

/** Thrown by whatever refuses, and turned into an `error` frame or an HTTP error at the edge. */
export class Refusal extends Error {
  constructor(readonly code: ErrorCode, message: string = ERROR_MEANINGS[code], readonly more: More = {}) {
    super(message);
  }

  /** As the wire says it. */
  get body(): ErrorBody {
    const { field, limit, retryAfterMs } = this.more;
    const details = { ...(field === undefined ? {} : { field }), ...(limit === undefined ? {} : { limit }) };
    return {
      code: this.code,
      message: this.message,
      retryable: RETRYABLE.has(this.code),
      ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
      ...(Object.keys(details).length === 0 ? {} : { details }),
    };
  }
}

/** There is no such thing, or the caller may not know of it. */
export function notFound(what: string): Refusal {
  return new Refusal("not_found", `no such ${what}`);
}

/** A value is out of bounds. */
export function invalid(field: string, message: string, limit?: number): Refusal {
  return new Refusal("validation_failed", message, { field, ...(limit === undefined ? {} : { limit }) });
}

/** There is more of something than there may be. */
export function over(field: string, limit: number, unit: string): Refusal {
  return invalid(field, `\`${field}\` has at most ${limit} ${unit}`, limit);
}

/** It does not say what it is about. */
export function unclear(field: string, message: string): Refusal {
  return new Refusal("invalid_request", message, { field });
}

/** Any thrown value as a refusal; a fault of this package is not hidden behind one. */
export function asRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  throw thrown;
}
