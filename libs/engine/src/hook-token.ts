/**
 * Tokens of hooks. Owns how they are derived: from a secret and the hook's id, so that nothing secret is stored and the
 * owner can be shown the address at any time.
 */
import { createHash, createHmac } from 'node:crypto';
import type { HookId } from '#libs/contracts';

/** 43 URL-safe characters that nobody can guess without the secret. */
export function hookToken(secret: string, hookId: HookId): string {
  return createHmac('sha256', secret).update(`hook:${hookId}`).digest('base64url');
}

/** What is stored of a token. */
export function hookTokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
