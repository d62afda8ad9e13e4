// Times as the wire has them.

/** Milliseconds since 1970 as RFC 3339 UTC. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
