import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../test/support/until.js';
import type { CountSnapshot } from '../testing/delivery-checker.js';
import { anyRedis } from '../testing/redis-fixture.js';
import { WatchedWorkflow } from '../testing/watched-workflow.js';
import { closeRedis, createRedis } from './redis-connection.js';
import type { LoadedSnapshot } from './stream-delivery.js';
import { StreamRemoval } from './stream-removal.js';
import { WorkflowTails } from './workflow-tails.js';

const checkMs = 20;
let server: { url: string; stop(): Promise<void> };
let command: Redis;
let subscriberConnection: Redis;
let tails: WorkflowTails;

beforeAll(async () => {
  server = await anyRedis();
  command = createRedis(server.url, 'test-command', 'command');
  subscriberConnection = createRedis(server.url, 'test-subscriber', 'subscriber');
  tails = new WorkflowTails(subscriberConnection, command, { checkMs });
});
afterAll(async () => {
  await tails.close();
  await Promise.all([closeRedis(command), closeRedis(subscriberConnection)]);
  await server.stop();
});

/** A workflow whose log was never closed, and a subscriber that has seen all of it. */
async function followed() {
  const workflow = new WatchedWorkflow(command);
  let stored: (() => Promise<LoadedSnapshot<CountSnapshot> | null>) | null = workflow.loadSnapshot;
  await workflow.open();
  await workflow.write(3);
  const subscriber = tails.subscribe<CountSnapshot>({
    workflowId: workflow.id,
    cursor: null,
    loadSnapshot: async () => (stored ? stored() : null),
  });
  for (;;) {
    const { value } = await subscriber.next();
    if (value?.kind === 'events' && value.caughtUp) break;
  }
  const remove = async () => {
    stored = null;
    await new StreamRemoval(command).remove(workflow.id, workflow.epoch + 1);
  };
  return { workflow, subscriber, remove };
}

const keysOf = (workflow: WatchedWorkflow) => command.keys(`*${workflow.id}*`);

describe('the stream of a workflow that is gone', () => {
  it('leaves no key and ends for everybody who waits for more, at once', async () => {
    const { workflow, subscriber, remove } = await followed();
    expect(await keysOf(workflow)).toHaveLength(2);
    const next = subscriber.next();
    await remove();
    expect(await keysOf(workflow)).toEqual([]);
    expect(await next).toEqual({ done: true, value: undefined });
    expect(tails.size).toBe(0);
  });

  it('ends also for a subscriber who reads on only after the loss of the log was noticed', async () => {
    const { workflow, subscriber, remove } = await followed();
    await remove();
    const asked = async () => Number(/cmdstat_hget:calls=(\d+)/.exec(await command.info('commandstats'))?.[1] ?? 0);
    const before = await asked();
    // Two checks have begun after the removal, so the first has found nothing and been handled.
    await until(async () => (await asked()) > before + 2, 'the position is checked');
    expect(await subscriber.next()).toEqual({ done: true, value: undefined });
    expect(await keysOf(workflow)).toEqual([]);
  });

  it('can be removed again', async () => {
    const { workflow, remove } = await followed();
    await remove();
    await remove();
    expect(await keysOf(workflow)).toEqual([]);
  });
});
