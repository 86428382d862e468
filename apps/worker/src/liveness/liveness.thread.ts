/**
 * A separate thread that keeps a worker alive while its event loop is busy: it renews the lease in Postgres, is present in
 * Redis, and checks the other workers. It stops renewing when the event loop has shown no sign of life for too long.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerId } from '#libs/contracts';
import { timings } from '#libs/engine';
import { createDataSource, WorkerLeases } from '#libs/persistence';
import { PeerWatch } from '#libs/stream';
import type { LivenessMessage, LivenessSettings } from './liveness-messages.js';

const settings = workerData as LivenessSettings;
const signsOfLife = new Int32Array(settings.signsOfLife);
const dataSource = createDataSource({
  databaseUrl: settings.databaseUrl,
  applicationName: 'holdfast-worker-liveness',
  poolSize: 2,
  queryTimeoutMs: 5_000,
});
const leases = new WorkerLeases(dataSource);
let self: WorkerId | null = null;
let peers: WorkerId[] = [];
let stopped = false;

const watch = new PeerWatch({
  redis: settings.redis,
  prefix: settings.prefix,
  onCutOff: (cutOff) => {
    if (self) leases.setCutOff(self, cutOff).catch(trouble);
  },
});

let lastSign = { count: Atomics.load(signsOfLife, 0), at: performance.now() };

/** Milliseconds since the worker's event loop last showed a sign of life. */
function silentMs(): number {
  const count = Atomics.load(signsOfLife, 0);
  if (count !== lastSign.count) lastSign = { count, at: performance.now() };
  return performance.now() - lastSign.at;
}

function tell(message: LivenessMessage): void {
  parentPort?.postMessage(message);
}

function trouble(error: unknown): void {
  tell({ type: 'trouble', message: error instanceof Error ? error.message : String(error) });
}

async function keepAlive(): Promise<void> {
  if (!dataSource.isInitialized) await dataSource.initialize();
  if (silentMs() > timings.loopSilenceMs) return;
  const { leaseMs } = settings;
  if (!self || !(await leases.renew(self, leaseMs))) {
    self = await leases.register(leaseMs);
    watch.appearAs(self);
    tell({ type: 'alive', worker: self });
  }
  peers = await leases.peersOf(self);
}

async function watchPeers(): Promise<void> {
  // A worker too busy to take over runs leaves it to others to declare a peer dead.
  if (silentMs() > timings.leaseRenewMs) return;
  const { dead, silent } = await watch.look(peers);
  for (const peer of dead) if (await leases.declareEnded(peer)) report(peer);
  for (const peer of silent) if (await leases.declareEnded(peer, timings.peerSilentMs)) report(peer);
}

function report(peer: WorkerId): void {
  peers = peers.filter((other) => other !== peer);
  tell({ type: 'peer-died', peer });
}

async function repeat(work: () => Promise<void>, everyMs: number): Promise<void> {
  while (!stopped) {
    await work().catch(trouble);
    await delay(everyMs);
  }
}

parentPort?.once('message', async () => {
  stopped = true;
  if (self) await leases.leave(self).catch(trouble);
  await watch.close();
  await dataSource.destroy().catch(trouble);
  process.exit();
});

void repeat(keepAlive, timings.leaseRenewMs);
void repeat(watchPeers, timings.peerLookMs);
