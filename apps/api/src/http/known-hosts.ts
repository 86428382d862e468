/**
 * By which names this server may be called. A page of another site can point a name of its own at this server, and the
 * browser then takes the server for part of that site (DNS rebinding). So it answers to names that nobody else can own:
 * loopback, addresses, names without a dot as containers have them, and what the settings allow.
 */
import { isIP } from 'node:net';
import type { ApiEnvironment } from '../environment.js';

const localNames = /^([a-z0-9_-]+|[a-z0-9-]+\.localhost)$/i;

/** Whether the `Host` of a request is one of ours. */
export function isKnownHost(host: string | undefined, environment: Pick<ApiEnvironment, 'allowedOrigins'>): boolean {
  // Only programs leave it out; browsers cannot.
  if (host === undefined) return true;
  const name = host.replace(/:\d+$/, '');
  if (localNames.test(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0) return true;
  return environment.allowedOrigins.some((origin) => new URL(origin).host === host.toLowerCase());
}
