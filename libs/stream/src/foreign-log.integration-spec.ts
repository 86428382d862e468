import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cursor, cursorAt, limits } from '#libs/contracts';
import type { RedisServer } from '../../../test/support/redis-server.js';
import type { CountSnapshot } from '../testing/delivery-checker.js';
import { forgetfulRedis } from '../testing/redis-fixture.js';
import { WatchedWorkflow } from '../testing/watched-workflow.js';
import { closeRedis, createRedis } from './redis-connection.js';
import { RedisWorkflowStreamWriter } from './redis-workflow-stream-writer.js';
import type { LogReplacementResult, StreamDelivery } from './stream-delivery.js';
import type { StreamSubscriber } from './stream-subscriber.js';
import { WorkflowTails } from './workflow-tails.js';

let server: RedisServer;
let command: Redis;
let subscriberConnection: Redis;
let tails: WorkflowTails;
let workflow: WatchedWorkflow;

beforeAll(async () => {
  server = await forgetfulRedis();
  command = createRedis(server.url, 'test-command', 'command');
  subscriberConnection = createRedis(server.url, 'test-subscriber', 'subscriber');
});
beforeEach(() => {
  tails = new WorkflowTails(subscriberConnection, command, { checkMs: 50 });
  workflow = new WatchedWorkflow(command);
});
afterEach(() => tails.close());
afterAll(async () => {
  await Promise.all([closeRedis(command), closeRedis(subscriberConnection)]);
  await server.stop();
});

/** A subscriber whose `epoch` was granted by Postgres when it subscribed. */
function watch(cursor: Cursor | null, epoch: number, replaceLog: (open: number) => Promise<LogReplacementResult>) {
  const { id: workflowId, loadSnapshot } = workflow;
  return tails.subscribe<CountSnapshot>({ workflowId, cursor, loadSnapshot, epoch, replaceLog });
}

async function take(subscriber: StreamSubscriber<CountSnapshot>): Promise<StreamDelivery<CountSnapshot>> {
  const { done, value } = await subscriber.next();
  if (done) throw new Error('The subscriber ended');
  return value;
}

/** Postgres as of epoch 1, and a log that has gone on to epoch 3. */
async function restored(): Promise<void> {
  await workflow.open();
  await workflow.write(1);
  const { stored } = workflow;
  await workflow.open();
  await workflow.open();
  await workflow.write(1);
  workflow.stored = stored;
}

/** What a worker with a claim or a command does: opens an epoch beyond the log, in Postgres first. */
async function openBeyond(open: number): Promise<void> {
  workflow.stored = { cursor: cursorAt(open + 1, 0), snapshot: { count: 1 } };
  const granted = { workflowId: workflow.id, epoch: open + 1, reason: 'TAKEOVER', ends: [] } as const;
  await new RedisWorkflowStreamWriter(command).replaceLog(granted, open);
}

describe('a log that knows a later epoch than Postgres had granted', () => {
  it('is delivered as ever when the epoch was granted since', async () => {
    await workflow.open();
    await workflow.write(2);
    await workflow.open('TAKEOVER');
    const asked: number[] = [];
    const subscriber = watch(cursorAt(1, 0), 1, async (open) => {
      asked.push(open);
      return 'same-history';
    });
    expect(await take(subscriber)).toMatchObject({ kind: 'events', cursor: cursorAt(1, 1) });
    expect(await take(subscriber)).toMatchObject({ kind: 'snapshot', reason: 'TAKEOVER', cursor: cursorAt(2, 0) });
    expect(asked).toEqual([2]);
  });

  it.each([
    ['a cursor in what was lost', cursorAt(3, 1), ['CURSOR_EXPIRED']],
    ['a cursor in what is there', cursorAt(1, 1), ['CURSOR_EXPIRED']],
    ['no cursor', null, ['INITIAL', 'CURSOR_EXPIRED']],
  ])('is replaced before anything of it is delivered to somebody with %s', async (_what, cursor, reasons) => {
    await restored();
    const subscriber = watch(cursor, 1, async (open) => {
      await openBeyond(open);
      return 'replaced';
    });
    const told: string[] = [];
    let delivery = await take(subscriber);
    for (; delivery.kind === 'snapshot'; delivery = await take(subscriber)) told.push(delivery.reason);
    expect(told).toEqual(reasons);
    expect(delivery).toMatchObject({ kind: 'events', cursor: cursorAt(4, 0), events: [], caughtUp: true });
  });

  it('is waited for where somebody else is about to replace it', async () => {
    await restored();
    let asked = 0;
    const subscriber = watch(cursorAt(1, 1), 1, async (open) => {
      asked += 1;
      if (asked === 3) await openBeyond(open);
      return 'left';
    });
    expect(await take(subscriber)).toMatchObject({ kind: 'snapshot', cursor: cursorAt(4, 0) });
    expect(asked).toBe(3);
  });

  it('leaves a gap between what it may have numbered and the next chunk, whoever replaced it', async () => {
    await restored();
    await openBeyond(3);
    const attempt = { workflowId: workflow.id, epoch: 5, reason: 'RUN_STARTED', ends: [], nextIndex: 1 } as const;
    const { nextIndex } = await new RedisWorkflowStreamWriter(command).open(attempt);
    expect(nextIndex).toBe(1 + limits.attemptChunks);
  });

  it('is shown by its marker to whoever was following it', async () => {
    await restored();
    const subscriber = watch(cursorAt(3, 1), 3, async () => 'same-history');
    expect(await take(subscriber)).toMatchObject({ kind: 'events', caughtUp: true, events: [] });
    const next = take(subscriber);
    await openBeyond(3);
    expect(await next).toMatchObject({ kind: 'snapshot', reason: 'TAKEOVER', cursor: cursorAt(4, 0) });
  });
});
