/** Workers that do nothing but be alive: each renews its lease and checks its peers, as the liveness thread of a worker does. */
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkerId } from '#libs/contracts';
import { timings } from '#libs/engine';
import { createDataSource, WorkerLeases } from '#libs/persistence';
import { PeerWatch } from '#libs/stream';
import { answerCalls } from './forked-process.ts';

export interface Watchers {
  databaseUrl: string;
  redisUrl: string;
  prefix: string;
  count: number;
}

const registered: { leases: WorkerLeases; self: WorkerId }[] = [];
/** Epoch milliseconds at which one of them was the first to declare another dead. */
const death = Promise.withResolvers<number>();

async function start({ databaseUrl, redisUrl, prefix, count }: Watchers): Promise<void> {
  const dataSource = createDataSource({ databaseUrl, poolSize: 10, applicationName: 'holdfast-bench-watchers' });
  const leases = new WorkerLeases(await dataSource.initialize());
  await Promise.all(Array.from({ length: count }, () => live(leases, new PeerWatch({ redis: redisUrl, prefix }))));
}

async function live(leases: WorkerLeases, watch: PeerWatch): Promise<void> {
  const self = await leases.register(timings.leaseMs);
  registered.push({ leases, self });
  watch.appearAs(self);
  let peers: WorkerId[] = [];
  void repeat(timings.leaseRenewMs, async () => {
    await leases.renew(self, timings.leaseMs);
    peers = await leases.peersOf(self);
  });
  void repeat(timings.peerLookMs, async () => {
    for (const peer of (await watch.look(peers)).dead) {
      if (await leases.declareEnded(peer)) death.resolve(performance.timeOrigin + performance.now());
    }
  });
}

async function repeat(everyMs: number, work: () => Promise<void>): Promise<void> {
  for (;;) {
    await work();
    await delay(everyMs);
  }
}

const leave = () => Promise.all(registered.map(({ leases, self }) => leases.leave(self)));

answerCalls({ start, death: () => death.promise, leave });
