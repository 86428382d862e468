/** The host names of this server beside loopback and IP addresses: those of the allowed origins and of its public address. */
import { isKnownHost } from '#libs/contracts';
import type { ApiEnvironment } from '../environment.js';

export type NamedServer = Pick<ApiEnvironment, 'allowedOrigins' | 'publicUrl'>;

export function isServerName(host: string | undefined, { allowedOrigins, publicUrl }: NamedServer): boolean {
  const urls = publicUrl === null ? allowedOrigins : [...allowedOrigins, publicUrl];
  return isKnownHost(
    host,
    urls.map((url) => new URL(url).host),
  );
}
