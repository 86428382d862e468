/** A Redis Cluster for one suite: three masters that share the slots. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { freePort } from '../../tools/services/ports.ts';
import { RedisServer } from './redis-server.ts';
import { until } from './until.ts';

const SLOTS = 16_384;
const MASTERS = 3;

export class RedisCluster {
  readonly servers: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers;
  }

  static async start(): Promise<RedisCluster> {
    const password = randomUUID();
    const buses = await Promise.all(Array.from({ length: MASTERS }, freePort));
    const servers = await Promise.all(
      buses.map((bus) => RedisServer.start(['--cluster-enabled', 'yes', '--cluster-port', String(bus)], password)),
    );
    const nodes = servers.map((server) => new Redis(server.url));
    const [first, ...others] = nodes as [Redis, ...Redis[]];
    for (const [index, node] of nodes.entries()) {
      const from = Math.ceil((index * SLOTS) / MASTERS);
      await node.call('CLUSTER', 'ADDSLOTSRANGE', from, Math.ceil(((index + 1) * SLOTS) / MASTERS) - 1);
    }
    for (const node of others) {
      await node.call('CLUSTER', 'MEET', '127.0.0.1', servers[0]?.port ?? 0, buses[0] ?? 0);
    }
    for (const node of [first, ...others]) {
      await until(async () => {
        const state = String(await node.call('CLUSTER', 'INFO'));
        return state.includes('cluster_state:ok') && state.includes(`cluster_known_nodes:${MASTERS}`);
      }, 'each node knows the whole cluster');
      node.disconnect();
    }
    return new RedisCluster(servers);
  }

  get url(): string {
    const hosts = this.servers.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return `redis+cluster://:${this.servers[0]?.password}@${hosts}`;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
