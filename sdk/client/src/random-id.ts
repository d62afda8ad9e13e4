// Ids that nobody else has. Not `crypto.randomUUID`, which pages have only over TLS and on loopback.

/** 128 random bits in hexadecimal. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
