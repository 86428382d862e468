/** Connections to Redis (one server, a cluster, or watched by sentinels): how each role waits, retries and gives up. */
import { readFileSync } from 'node:fs';
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { parseRedisAddress, REDIS_ADDRESS_RULE, type RedisAddress, type RedisHost } from './redis-address.js';

/**
 * - `command`: requests and replies. A command fails after a limited time while Redis is away, and its caller decides.
 * - `subscriber`: only listens, through `ChannelSubscriptions`, which subscribes again; waits for Redis without limit.
 * - `queue`: for BullMQ, which duplicates it; a command fails at once while Redis is away.
 */
export type RedisRole = 'command' | 'subscriber' | 'queue';

/** Where Redis is: an address, optionally with the file of the certificate authority that verifies it. */
export type RedisEndpoint = string | { url: string; caFile: string | null };

/**
 * Called once when a connection fails and once when it works again, however many attempts lie between. Also called, with
 * both `connected` and `error`, for the first command that Redis refuses on a connection.
 */
export type ConnectionListener = (state: { name: string; connected: boolean; error: Error | null }) => void;

export interface ConnectionOptions {
  /**
   * For a `subscriber` in a cluster: listen on the node of this key, so that counting listeners on that node includes it.
   * After slots are moved, the connection stays where it is until it reconnects.
   */
  near?: string | null;
}

/** Longer than any script takes; shorter than a worker waits for a Redis that hangs. */
const commandTimeoutMs = 5_000;
const connectTimeoutMs = 3_000;
const reconnectMaxMs = 1_000;

const optionsByRole: Record<RedisRole, RedisOptions> = {
  command: { maxRetriesPerRequest: 1, commandTimeout: commandTimeoutMs, lazyConnect: true },
  subscriber: { maxRetriesPerRequest: null, autoResubscribe: false, lazyConnect: true },
  queue: { maxRetriesPerRequest: null, enableOfflineQueue: false },
};

function reconnectDelay(attempt: number): number {
  return Math.min(reconnectMaxMs, 25 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2);
}

/**
 * A connection that opens with its first command and reconnects indefinitely, with jitter. `name` shows in `CLIENT LIST`. Never
 * emits an unhandled `error`.
 */
export function createRedis(
  endpoint: RedisEndpoint,
  name: string,
  role: RedisRole,
  onChange?: ConnectionListener,
  { near = null }: ConnectionOptions = {},
): Redis {
  const { url, caFile } = typeof endpoint === 'string' ? { url: endpoint, caFile: null } : endpoint;
  const address = parseRedisAddress(url);
  if (!address) throw new Error(`The address of Redis ${REDIS_ADDRESS_RULE}`);
  const options: RedisOptions = {
    ...optionsByRole[role],
    connectionName: `holdfast:${name}`,
    connectTimeout: connectTimeoutMs,
    // Users without the CLIENT permission would get an error on every connect.
    disableClientInfo: true,
    retryStrategy: reconnectDelay,
    ...(caFile !== null && { tls: { ca: readFileSync(caFile) } }),
  };
  const redis = connection(address, options, role, near);
  report(redis, name, onChange);
  return redis;
}

function connection(
  address: RedisAddress,
  { tls: trust = {}, ...options }: RedisOptions,
  role: RedisRole,
  near: string | null,
): Redis {
  const tls = address.tls ? trust : undefined;
  switch (address.kind) {
    case 'single':
      // An address with `rediss` would override the TLS options given beside it.
      return new RedisServer(address.url.replace(/^rediss:/, 'redis:'), { ...options, tls });
    case 'sentinel':
      return new RedisServer({ ...options, ...sentinelOptions(address, tls) });
    case 'cluster':
      if (role === 'subscriber') return oneNode(address, { ...options, tls }, near);
      // The cluster client has the same commands as a server and sends each to the node with its keys.
      return new RedisCluster(address.nodes, clusterOptions(address, { ...options, tls })) as unknown as Redis;
  }
}

type ClusterAddress = RedisAddress & { kind: 'cluster' };

/** Pub/sub in a cluster reaches all nodes, so one connection is enough; if its node fails, the next one is used. */
function oneNode({ nodes, username, password }: ClusterAddress, options: RedisOptions, near: string | null): Redis {
  let next = Math.floor(Math.random() * nodes.length);
  const node = () => nodes[next++ % nodes.length];
  const redis = new RedisServer({ ...options, ...node(), username, password });
  let moved: RedisHost | undefined;
  redis.on('close', () => {
    Object.assign(redis.options, moved ?? node());
    moved = undefined;
  });
  if (near === null) return redis;
  // Runs before any other command: a node that does not have the key names the one that has.
  redis.on('ready', () => {
    redis.exists(near).catch((error: unknown) => {
      moved = error instanceof Error ? movedTo(error.message) : undefined;
      if (moved) redis.disconnect(true);
    });
  });
  return redis;
}

function movedTo(reply: string): RedisHost | undefined {
  const [, host, port] = /^MOVED \d+ (\S+):(\d+)$/.exec(reply) ?? [];
  return host === undefined ? undefined : { host, port: Number(port) };
}

function sentinelOptions(address: RedisAddress & { kind: 'sentinel' }, tls: RedisOptions['tls']): RedisOptions {
  return {
    sentinels: address.sentinels,
    name: address.master,
    db: address.db,
    username: address.username,
    password: address.password,
    sentinelUsername: address.sentinel.username,
    sentinelPassword: address.sentinel.password,
    sentinelRetryStrategy: reconnectDelay,
    ...(tls && { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
  };
}

function clusterOptions({ username, password }: ClusterAddress, options: RedisOptions): ClusterOptions {
  const { retryStrategy, lazyConnect, enableOfflineQueue, ...each } = options;
  return {
    lazyConnect,
    enableOfflineQueue,
    clusterRetryStrategy: reconnectDelay,
    // The driver's default of one second is too short on a loaded machine.
    slotsRefreshTimeout: connectTimeoutMs,
    // The ready check calls INFO and reports an error on every connect where INFO is not allowed.
    redisOptions: { ...each, username, password, enableReadyCheck: false },
  };
}

/** What ioredis and BullMQ need from INFO, for users who may not call it. */
const assumedInfo = 'redis_version:7.0.8\r\nloading:0\r\nmaxmemory_policy:noeviction\r\n';

type Done = (error: Error | null, info?: string) => void;

/** The reply to INFO, or the assumed one where the user may not call it. Takes a callback, as ioredis does. */
async function infoOrAssumed(ask: () => Promise<string>, done: Done | undefined): Promise<string> {
  try {
    const info = await ask().catch((error: unknown) => {
      if (isRightMissing(error)) return assumedInfo;
      throw error;
    });
    done?.(null, info);
    return info;
  } catch (error) {
    done?.(error as Error);
    throw error;
  }
}

/** Whether Redis refused a command because its user may not call it, or may not use that key or channel. */
export function isRightMissing(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('NOPERM');
}

class RedisServer extends Redis {
  /** For the driver and BullMQ. Use `call` to get the real reply or error. */
  override info(...args: unknown[]): Promise<string> {
    const done = typeof args.at(-1) === 'function' ? (args.pop() as Done) : undefined;
    return infoOrAssumed(() => super.info(...(args as string[])), done);
  }

  override duplicate(override?: Partial<RedisOptions>): RedisServer {
    return new RedisServer({ ...this.options, ...override });
  }
}

class RedisCluster extends Cluster {
  override info(...args: unknown[]): Promise<string> {
    const done = typeof args.at(-1) === 'function' ? (args.pop() as Done) : undefined;
    return infoOrAssumed(() => super.info(...(args as string[])), done);
  }

  override duplicate(startupNodes?: ConstructorParameters<typeof Cluster>[0], override: ClusterOptions = {}) {
    const nodes = startupNodes ?? (this as unknown as { startupNodes: RedisHost[] }).startupNodes;
    return new RedisCluster(nodes, { ...this.options, ...override });
  }
}

/** The servers behind a connection: itself, or the nodes of a cluster. Rejects when the nodes are unknown and none answers. */
export async function nodesOf(redis: Redis, role: 'master' | 'all'): Promise<Redis[]> {
  const connection: unknown = redis;
  if (!(connection instanceof Cluster)) return [redis];
  if (connection.nodes(role).length === 0) await connection.ping();
  return connection.nodes(role);
}

function report(redis: Redis, name: string, onChange: ConnectionListener | undefined): void {
  let failing = false;
  let refused = false;
  redis.on('error', (error: Error) => {
    // A refused command says nothing about the connection, which works.
    if (error.name === 'ReplyError') {
      if (!refused) onChange?.({ name, connected: redis.status === 'ready', error });
      refused = true;
      return;
    }
    if (!failing) onChange?.({ name, connected: false, error });
    failing = true;
  });
  redis.on('ready', () => {
    if (failing) onChange?.({ name, connected: true, error: null });
    failing = false;
    refused = false;
  });
}

/** Closes a connection for good: gracefully when it works, at once when it does not. Never rejects. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status !== 'ready') {
    redis.disconnect();
    return;
  }
  try {
    await redis.quit();
  } catch {
    redis.disconnect();
  }
}
