/**
 * Signatures of webhook bodies. Owns the header's form: `sha256=` and the HMAC-SHA256 of the raw body in hex.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const HOOK_SIGNATURE_HEADER = 'x-holdfast-signature';

/** Compares in constant time. */
export function isSignedWith(secret: string, body: Buffer, header: string | undefined): boolean {
  const given = /^sha256=([0-9a-f]{64})$/i.exec(header ?? '')?.[1];
  if (given === undefined) return false;
  return timingSafeEqual(Buffer.from(given, 'hex'), createHmac('sha256', secret).update(body).digest());
}
