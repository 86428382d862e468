/**
 * By which names this server may be called. A page of another site can point a name of its own at this machine, and the
 * browser then takes the server for part of that site; a server that listens on loopback only therefore answers only to
 * names of the loopback.
 */
import type { ApiEnvironment } from '../environment.js';

const loopbackNames = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i;
const loopbackAddresses = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;

/** Whether the `Host` of a request is one of ours. A server that listens on more than loopback takes every name. */
export function isKnownHost(
  host: string | undefined,
  environment: Pick<ApiEnvironment, 'host' | 'allowedOrigins'>,
): boolean {
  if (!loopbackAddresses.test(environment.host)) return true;
  // Only programs leave it out; browsers cannot.
  if (host === undefined) return true;
  if (loopbackNames.test(host.replace(/:\d+$/, ''))) return true;
  return environment.allowedOrigins.some((origin) => new URL(origin).host === host.toLowerCase());
}
