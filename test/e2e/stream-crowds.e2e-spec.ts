import { setInterval as ticks } from 'node:timers/promises';
import type { Client } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeCursor } from '#libs/contracts';
import { type FedWorkflow, WorkflowFeeder } from '../../bench/fed-workflow.ts';
import { inspectorEnvironment, NodeInspector } from '../../bench/node-inspector.ts';
import { HeldSocket } from '../stream/held-socket.ts';
import { DeliveryCheck } from '../support/delivery-check.ts';
import type { WorkflowAnswer } from '../support/graphql-api.ts';
import { System } from '../support/system.ts';
import { TestSubscriber } from '../support/test-subscriber.ts';
import { until } from '../support/until.ts';

let system: System;
let feeder: WorkflowFeeder;
const clients: Client[] = [];

beforeAll(async () => {
  // The tests write in the place of a worker: they decide when it ends.
  system = await System.start({ workers: 0, environment: inspectorEnvironment });
  feeder = await WorkflowFeeder.connect(system.database.url, system.redis.url);
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});

afterAll(async () => {
  await feeder?.close();
  await system?.stop();
});

function newSocket(): Client {
  const client = system.api.newSocket();
  clients.push(client);
  return client;
}

async function startedWorkflow(): Promise<FedWorkflow> {
  const workflow = await feeder.newWorkflow();
  await workflow.append([{ type: 'start-step' }, { type: 'text-start', id: 't' }]);
  return workflow;
}

/** Writes 200 numbered chunks a second until told to stop, and stores the message as a worker does. */
async function writeUntil(workflow: FedWorkflow, isOver: () => boolean): Promise<void> {
  let written = 0;
  for await (const _ of ticks(5)) {
    written += 1;
    await workflow.append([{ type: 'text-delta', id: 't', delta: ` #${written}` }]);
    if (written % 100 === 0) await workflow.checkpoint();
    if (isOver()) break;
  }
  await workflow.append([{ type: 'text-end', id: 't' }]);
  await workflow.checkpoint();
}

/** The workflow as it stands, and the run that stands still in it. */
async function standing(workflowId: string): Promise<{ stored: WorkflowAnswer; runId: string }> {
  const stored = await system.api.workflow(workflowId);
  if (!stored?.activeRun) throw new Error('There is no such run.');
  return { stored, runId: stored.activeRun.id };
}

describe('joining while 200 chunks a second are written', () => {
  it('gives each of 1,000 subscribers everything once, with and without a cursor, their own or of another', {
    timeout: 180_000,
  }, async () => {
    const workflow = await startedWorkflow();
    const { workflowId } = workflow;
    let joined = 0;
    const writing = writeUntil(workflow, () => joined === 1_000);
    const subscribers: TestSubscriber[] = [];
    while (subscribers.length < 1_000) {
      const socket = newSocket();
      const crowd = Array.from({ length: 40 }, (_, at) => {
        const source = subscribers[(subscribers.length + at) >> 1];
        return at % 2 && source ? source.fork(socket) : new TestSubscriber(socket, workflowId);
      });
      subscribers.push(...crowd);
      for (const subscriber of crowd) subscriber.open();
      for (const subscriber of crowd)
        await subscriber.until(() => subscriber.batches.length > 0, 'the subscriber has joined', 60_000);
      joined = subscribers.length;
    }
    await writing;
    const { stored, runId } = await standing(workflowId);
    const standingCheck = await DeliveryCheck.of(system, { workflowId, runId, ends: 0 });
    for (const subscriber of subscribers) {
      await subscriber.until(() => subscriber.cursor === stored.cursor, 'the subscriber has everything', 60_000);
      await standingCheck.passes(subscriber);
    }
    await system.api.cancelRun(runId);
    const check = await DeliveryCheck.of(system, { workflowId, runId });
    for (const subscriber of subscribers) {
      await subscriber.sawEndOf(runId);
      await subscriber.until(() => subscriber.batches.at(-1)?.caughtUp, 'the subscriber has caught up');
      await check.passes(subscriber);
      subscriber.close();
    }
  });
});

describe('subscribers at different speeds', () => {
  const pieceBytes = 64 * 1024;
  const pieces = 320;

  it('are all given everything; who does not read costs the others nothing, and the server a bounded amount of memory', {
    timeout: 120_000,
  }, async () => {
    const workflow = await startedWorkflow();
    const { workflowId } = workflow;
    const held = new HeldSocket(system.url);
    clients.push(held.client);
    const slow = new TestSubscriber(held.client, workflowId).open();
    const fast = new TestSubscriber(newSocket(), workflowId).open();
    for (const subscriber of [slow, fast])
      await subscriber.until(() => subscriber.batches.at(-1)?.caughtUp, 'both have caught up');
    const inspector = await NodeInspector.attach(system.apiProcess);
    const before = await inspector.liveBytes();

    held.stopReading();
    let end: string | null = null;
    for (let n = 1; n <= pieces; n += 1) {
      // The weight is transient, so that the message itself stays small enough to be asked for in one operation.
      const weight = { type: 'data-weight', data: 'x'.repeat(pieceBytes), transient: true } as const;
      end = encodeCursor(workflowId, await workflow.append([{ type: 'text-delta', id: 't', delta: `#${n} ` }, weight]));
      // Fast is who keeps up with what is written, whatever else the machine does.
      if (n % 16 === 0) await fast.until(() => fast.cursor === end, 'the fast subscriber has everything', 60_000);
    }
    const snapshots = ({ events }: TestSubscriber) => events.flatMap(({ reason }) => reason ?? []);
    expect(snapshots(fast)).toEqual(['INITIAL']);
    expect(slow.cursor).not.toBe(end);
    // 20 MiB were written and not read by one of them; what is kept is the tail's recent megabyte and a batch on its way.
    expect((await inspector.liveBytes()) - before).toBeLessThan(8 * 1024 * 1024);
    inspector.close();
    await workflow.checkpoint();
    const { runId } = await standing(workflowId);
    const check = await DeliveryCheck.of(system, { workflowId, runId, ends: 0 });
    await check.passes(fast);

    held.readOn();
    let closedWith: unknown = null;
    await until(
      () => {
        if (slow.failure) {
          closedWith = (slow.failure as { code?: number }).code;
          slow.reopen(newSocket());
        }
        return slow.cursor === end;
      },
      'the slow subscriber has everything',
      60_000,
    );
    expect(closedWith === 1013 || snapshots(slow).includes('LAGGED')).toBe(true);
    await check.passes(slow);
    await system.api.cancelRun(runId);
  });
});
