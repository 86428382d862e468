/** Finds the proof of identity in what a caller sends. */
import type { IncomingHttpHeaders } from 'node:http';

export const SESSION_COOKIE_PREFIX = 'holdfast';
/** The second is used where the server is known to be reached over TLS. */
const cookieNames = [`${SESSION_COOKIE_PREFIX}.session_token`, `__Secure-${SESSION_COOKIE_PREFIX}.session_token`];

/** Longer ones are not looked at. */
const TOKEN_CHARS = 8 * 1024;

/** The token of an `Authorization` header; `null` for a header of another form, `undefined` without one. */
export function bearerToken(header: unknown): string | null | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || header.length > TOKEN_CHARS) return null;
  return /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? null;
}

/** The value of the session's cookie. */
export function cookieToken({ cookie }: IncomingHttpHeaders): string | null {
  for (const part of (cookie ?? '').split(';')) {
    const place = part.indexOf('=');
    if (place > 0 && cookieNames.includes(part.slice(0, place).trim())) return decoded(part.slice(place + 1).trim());
  }
  return null;
}

/**
 * The session's own token in a cookie or a bearer token: both may carry a signature behind a dot, which adds nothing to
 * 32 random characters that are looked up by their hash.
 */
export function sessionTokenOf(text: string): string {
  return text.split('.', 1)[0] ?? '';
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
