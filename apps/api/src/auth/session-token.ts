/** Finds the proof of identity in what a caller sends. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export const SESSION_COOKIE_PREFIX = 'holdfast';

/** The one cookie that counts: over TLS, the one that no page without TLS can set. */
export function sessionCookieName(publicUrl: string | null): string {
  return `${publicUrl?.startsWith('https:') ? '__Secure-' : ''}${SESSION_COOKIE_PREFIX}.session_token`;
}

/** Longer ones are not looked at. */
const TOKEN_CHARS = 8 * 1024;

/** The token of an `Authorization` header; `null` for a header of another form, `undefined` without one. */
export function bearerToken(header: unknown): string | null | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || header.length > TOKEN_CHARS) return null;
  return /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? null;
}

/** The value of the session's cookie. */
export function cookieToken({ cookie }: IncomingHttpHeaders, name: string): string | null {
  for (const part of (cookie ?? '').split(';')) {
    const place = part.indexOf('=');
    if (place > 0 && part.slice(0, place).trim() === name) return decoded(part.slice(place + 1).trim());
  }
  return null;
}

/** The session's own token in a cookie or a bearer token, without the signature behind the dot. */
export function sessionTokenOf(text: string): string {
  return text.split('.', 1)[0] ?? '';
}

/** The same, if the signature was made with this secret: a new secret ends what the old one signed. */
export function verifiedSessionToken(text: string, secret: string): string | null {
  const token = sessionTokenOf(text);
  const shown = Buffer.from((text.includes('%') ? (decoded(text) ?? '') : text).slice(token.length + 1), 'base64');
  const signature = createHmac('sha256', secret).update(token).digest();
  return shown.length === signature.length && timingSafeEqual(shown, signature) ? token : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
