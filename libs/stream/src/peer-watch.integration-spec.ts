import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId, type WorkerId } from '#libs/contracts';
import { timings } from '#libs/engine';
import type { RedisServer } from '../../../test/support/redis-server.js';
import { until } from '../../../test/support/until.js';
import { forgetfulRedis } from '../testing/redis-fixture.js';
import { PeerWatch } from './peer-watch.js';

let redis: RedisServer;
let admin: Redis;
const watches: PeerWatch[] = [];

beforeEach(async () => {
  redis = await forgetfulRedis();
  admin = new Redis(redis.url);
  admin.on('error', () => undefined);
});

afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.close();
  admin.disconnect();
  await redis.stop();
});

interface Peer {
  name: WorkerId;
  watch: PeerWatch;
  cutOffs: boolean[];
}

function appear(): Peer {
  const name = newId('worker');
  const cutOffs: boolean[] = [];
  const watch = new PeerWatch({ redis: redis.url, prefix: 'test', onCutOff: (cutOff) => cutOffs.push(cutOff) });
  watches.push(watch);
  watch.appearAs(name);
  return { name, watch, cutOffs };
}

async function listenersOf(name: WorkerId): Promise<number> {
  return Number((await admin.pubsub('NUMSUB', `test:{holdfast:presence}:${name}`))[1]);
}

/** Checks for longer than it takes to detect a death. */
async function deathsSeenBy(looker: Peer, peers: Peer[], forMs = 3 * timings.peerGraceMs): Promise<WorkerId[]> {
  const dead: WorkerId[] = [];
  const since = performance.now();
  await until(async () => {
    const seen = await looker.watch.look(peers.map(({ name }) => name));
    dead.push(...seen.dead);
    return performance.now() - since > forMs;
  }, 'it has looked for long enough');
  return dead;
}

async function bothSeen(): Promise<[Peer, Peer]> {
  const [looker, other] = [appear(), appear()];
  await until(async () => (await listenersOf(looker.name)) + (await listenersOf(other.name)) === 2, 'both are there');
  expect(await deathsSeenBy(looker, [other])).toEqual([]);
  return [looker, other];
}

describe('a peer', () => {
  it('is dead when its connection has ended', async () => {
    const [looker, other] = await bothSeen();
    await other.watch.close();
    expect(new Set(await deathsSeenBy(looker, [other]))).toEqual(new Set([other.name]));
  });

  it('that was never seen is not dead, but silent after a while', async () => {
    const looker = appear();
    const unseen = { ...looker, name: newId('worker') };
    await until(async () => (await listenersOf(looker.name)) === 1, 'the looker is there');
    expect(await deathsSeenBy(looker, [unseen])).toEqual([]);
    const look = () => looker.watch.look([unseen.name]);
    expect((await look()).silent).toEqual([]);
    await until(async () => (await look()).silent.includes(unseen.name), 'it is silent');
  });

  it('is not dead after a restart of Redis, even if it does not come back', async () => {
    const [looker, other] = await bothSeen();
    await redis.kill('SIGKILL');
    void other.watch.close();
    await redis.start();
    await until(async () => (await listenersOf(looker.name)) === 1, 'the looker is there again');
    expect(await deathsSeenBy(looker, [other])).toEqual([]);
    // Each reconnect that fails says so again.
    const { cutOffs } = looker;
    expect(cutOffs.filter((cutOff, at) => cutOff !== cutOffs[at - 1])).toEqual([false, true, false]);
  });

  it('is not dead when all listeners were cut off together', async () => {
    const [looker, other] = await bothSeen();
    await admin.client('KILL', 'TYPE', 'pubsub');
    expect(await deathsSeenBy(looker, [other])).toEqual([]);
    await until(
      async () => (await listenersOf(looker.name)) + (await listenersOf(other.name)) === 2,
      'both are there again',
    );
  });
});
