/** Random tokens, and the form in which they are stored: whoever reads the database cannot use them. */
import { createHash, randomBytes } from 'node:crypto';

/** 32 random bytes, as text that fits into a URL. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 in hex. Tokens have too much entropy to be guessed, so no salt and no slow hash are needed. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
