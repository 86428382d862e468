/**
 * Without sign-in, whoever reaches this server is its one user, so only programs of this machine may. The server listens on
 * loopback, but a proxy or a tunnel on the same machine brings others in. They are told by the name under which they call and by
 * what proxies add. A tunnel that passes on bytes, and names itself localhost, cannot be told.
 */
import type { IncomingMessage } from 'node:http';
import { isLoopbackHost } from '#libs/contracts';
import type { ApiEnvironment } from '../environment.js';

/** What proxies add to requests, beside everything that begins with `x-forwarded-`. */
const ADDED_BY_PROXIES: ReadonlySet<string> = new Set(['forwarded', 'via', 'x-real-ip']);

/** Probes, and machines that show a secret of their own. Nobody is the local user there. */
const WITHOUT_USER = /^\/(livez$|readyz$|hooks\/|internal\/)/;

export interface LocalRefusal {
  status: '403 Forbidden' | '421 Misdirected Request';
  reason: string;
}

/**
 * Why the request is refused; `null` when it may pass. With sign-in required, every request may.
 * @param path without the query
 */
export function localRefusal(
  path: string,
  { headers, httpVersion }: Pick<IncomingMessage, 'headers' | 'httpVersion'>,
  { auth }: Pick<ApiEnvironment, 'auth'>,
): LocalRefusal | null {
  if (auth !== 'local' || WITHOUT_USER.test(path)) return null;
  // Some proxies add no header and name the server by its address, but speak the old version.
  const isProxied = httpVersion === '1.0' || Object.keys(headers).some(isAddedByProxy);
  const isNamed = isLoopbackHost(headers.host);
  if (isNamed && !isProxied) return null;
  const reason =
    'Without sign-in, this server answers only programs of its own machine, as localhost, and no proxy. To put it online, set HOLDFAST_AUTH=required (docs/guides/put-it-online.md).';
  return { status: isNamed ? '403 Forbidden' : '421 Misdirected Request', reason };
}

function isAddedByProxy(header: string): boolean {
  return header.startsWith('x-forwarded-') || ADDED_BY_PROXIES.has(header);
}
