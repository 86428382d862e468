import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId, type WorkerId } from '#libs/contracts';
import { timings } from '#libs/engine';
import { OwnRedis, until } from '../testing/redis-fixture.js';
import { PeerWatch } from './peer-watch.js';

let redis: OwnRedis;
let admin: Redis;
const watches: PeerWatch[] = [];

beforeEach(async () => {
  redis = await OwnRedis.start();
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

/** Looks for as long as a death would need to be told, and longer. */
async function deathsSeenBy(looker: Peer, peers: Peer[], forMs = 3 * timings.peerGraceMs): Promise<WorkerId[]> {
  const dead: WorkerId[] = [];
  const since = performance.now();
  await until('it has looked for long enough', async () => {
    const seen = await looker.watch.look(peers.map(({ name }) => name));
    dead.push(...seen.dead);
    return performance.now() - since > forMs;
  });
  return dead;
}

async function bothSeen(): Promise<[Peer, Peer]> {
  const [looker, other] = [appear(), appear()];
  await until('both are there', async () => (await listenersOf(looker.name)) + (await listenersOf(other.name)) === 2);
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
    await until('the looker is there', async () => (await listenersOf(looker.name)) === 1);
    expect(await deathsSeenBy(looker, [unseen])).toEqual([]);
    const look = () => looker.watch.look([unseen.name]);
    expect((await look()).silent).toEqual([]);
    await until('it is silent', async () => (await look()).silent.includes(unseen.name));
  });

  it('is not dead after a restart of Redis, even if it does not come back', async () => {
    const [looker, other] = await bothSeen();
    await redis.down();
    void other.watch.close();
    await redis.up();
    await until('the looker is there again', async () => (await listenersOf(looker.name)) === 1);
    expect(await deathsSeenBy(looker, [other])).toEqual([]);
    expect(looker.cutOffs).toEqual([false, true, false]);
  });

  it('is not dead when all listeners were cut off together', async () => {
    const [looker, other] = await bothSeen();
    await admin.client('KILL', 'TYPE', 'pubsub');
    expect(await deathsSeenBy(looker, [other])).toEqual([]);
    await until(
      'both are there again',
      async () => (await listenersOf(looker.name)) + (await listenersOf(other.name)) === 2,
    );
  });
});
