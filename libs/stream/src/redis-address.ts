/**
 * Addresses of Redis: one server, a cluster, or servers watched by sentinels.
 *
 * - `redis://user:password@host:6379/0`, or `rediss://…` with TLS: one server, in the notation that every client knows
 * - `redis+cluster://user:password@host:6379,host:6379`: some nodes of a cluster; the others are discovered
 * - `redis+sentinel://user:password@host:26379,host:26379/name/0`: sentinels, and the name of the master. Add
 *   `?sentinelUsername=…&sentinelPassword=…` when the sentinels have a password of their own
 *
 * `rediss+cluster` and `rediss+sentinel` are the same with TLS. Special characters in names and passwords are
 * percent-encoded.
 */

export interface RedisHost {
  host: string;
  port: number;
}

interface Login {
  username: string | undefined;
  password: string | undefined;
}

export type RedisAddress =
  | { kind: 'single'; url: string; tls: boolean }
  | ({ kind: 'cluster'; nodes: RedisHost[]; tls: boolean } & Login)
  | ({ kind: 'sentinel'; sentinels: RedisHost[]; master: string; db: number; tls: boolean; sentinel: Login } & Login);

export const REDIS_ADDRESS_RULE =
  'must be an address such as redis://127.0.0.1:6379, rediss://…, redis+cluster://host:6379,host:6379 or redis+sentinel://host:26379,host:26379/master-name';

const pattern =
  /^redis(?<tls>s?)\+(?<kind>cluster|sentinel):\/\/(?:(?<user>[^:@/,]*)(?::(?<password>[^@/,]*))?@)?(?<hosts>[^/?#@]+)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/;

/** @returns undefined when the text is not such an address */
export function parseRedisAddress(text: string): RedisAddress | undefined {
  if (/^rediss?:\/\//.test(text)) {
    return URL.canParse(text) && new URL(text).hostname !== ''
      ? { kind: 'single', url: text, tls: text.startsWith('rediss:') }
      : undefined;
  }
  const parts = pattern.exec(text)?.groups;
  if (!parts) return undefined;
  try {
    return parts.kind === 'cluster' ? clusterAddress(parts) : sentinelAddress(parts);
  } catch {
    return undefined; // Not percent-encoded properly.
  }
}

type Parts = Record<string, string | undefined>;

function clusterAddress(parts: Parts): RedisAddress | undefined {
  const nodes = hostsOf(parts.hosts, 6379);
  // A cluster has only one database.
  if (!nodes || !['', '/', '/0'].includes(parts.path ?? '')) return undefined;
  return { kind: 'cluster', nodes, tls: parts.tls === 's', ...loginOf(parts) };
}

function sentinelAddress(parts: Parts): RedisAddress | undefined {
  const sentinels = hostsOf(parts.hosts, 26379);
  const [master, db = '0', ...rest] = (parts.path ?? '').slice(1).split('/');
  if (!sentinels || !master || rest.length > 0 || !/^\d{1,5}$/.test(db)) return undefined;
  const query = new URLSearchParams(parts.query);
  return {
    kind: 'sentinel',
    sentinels,
    master: decodeURIComponent(master),
    db: Number(db),
    tls: parts.tls === 's',
    sentinel: {
      username: query.get('sentinelUsername') ?? undefined,
      password: query.get('sentinelPassword') ?? undefined,
    },
    ...loginOf(parts),
  };
}

function loginOf({ user, password }: Parts): Login {
  return {
    username: user ? decodeURIComponent(user) : undefined,
    password: password ? decodeURIComponent(password) : undefined,
  };
}

function hostsOf(text: string | undefined, defaultPort: number): RedisHost[] | undefined {
  const hosts = (text ?? '').split(',').map((entry) => hostOf(entry, defaultPort));
  return hosts.every((host) => host !== undefined) ? hosts : undefined;
}

function hostOf(entry: string, defaultPort: number): RedisHost | undefined {
  const url = `redis://${entry.trim()}`;
  if (!URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url);
  if (hostname === '') return undefined;
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? defaultPort : Number(port) };
}

/**
 * The prefix of every name in Redis, so that several instances can share one. It contains no colon, so the names of two
 * instances never collide.
 */
export const REDIS_PREFIX_PATTERN = /^[A-Za-z0-9_-]{1,40}$/;
export const REDIS_PREFIX_RULE = 'may hold up to 40 letters, digits, hyphens and underscores';
