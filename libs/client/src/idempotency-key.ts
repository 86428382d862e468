/** Idempotency keys. Owns how they are made; who keeps one for how long is the caller's. */

/** 128 random bits as hex. Works in pages served without TLS as well, where `crypto.randomUUID` does not exist. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
