import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertDelivered } from '../support/delivery-check.ts';
import { PersistentSubscriber, uniquePrompt, untilEnded } from '../support/generations.ts';
import { faultTimeoutMs } from '../support/sizes.ts';
import { System } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { copyDatabase, createDatabase, type TestDatabase } from '../support/test-services.ts';
import { TestSubscriber } from '../support/test-subscriber.ts';
import { until } from '../support/until.ts';

interface Known {
  workflowId: string;
  runId: string;
  /** The place of somebody who saw what was lost afterwards. */
  lostCursor: string;
}

let database: TestDatabase;
let link: TcpProxy;
let system: System;
/** Followed all the time. */
let followed: Known;
let follower: TestSubscriber;
/** Asked for again afterwards, under a place that was lost and under one that was not. */
let left: Known;
let asked: Known;
/** Wait for an approval in the backup. */
let toCancel: Known;
let toApprove: Known;
/** Was being worked on when the backup was taken. */
let active: Known;
let worker: PersistentSubscriber;
/** Has no place in the backup. */
let unknown: TestSubscriber;

async function finished(prompt: string, workflowId?: string): Promise<{ workflowId: string; runId: string }> {
  const started = await system.api.start(prompt, workflowId);
  await untilEnded(system, [started.runId]);
  return started;
}

const waits = (runId: string) =>
  until(async () => (await system.api.run(runId))?.status === 'WAITING', 'the run waits');

async function waiting(): Promise<{ workflowId: string; runId: string }> {
  const { workflow, run } = await system.api.submitPrompt({ prompt: uniquePrompt(), agent: 'post-author' });
  if (!workflow || !run) throw new Error('The prompt was refused.');
  await waits(run.id);
  return { workflowId: workflow.id, runId: run.id };
}

/** Two more runs, or two more ends of one, of which the backup knows nothing. */
async function goOn({ workflowId, runId }: { workflowId: string; runId: string }): Promise<Known> {
  if ((await system.api.run(runId))?.status === 'WAITING') {
    await system.api.cancelRun(runId);
    await system.api.retryRun(runId);
    await waits(runId);
    await system.api.cancelRun(runId);
  } else {
    await finished(uniquePrompt(), workflowId);
    await finished(uniquePrompt(), workflowId);
  }
  const place = async () => {
    const workflow = await system.api.workflow(workflowId);
    return workflow?.activeRun === null ? workflow.cursor : null;
  };
  return { workflowId, runId, lostCursor: await until(place, 'the place of the last end is known') };
}

beforeAll(async () => {
  database = await createDatabase();
  link = await TcpProxy.to(Number(new URL(database.url).port));
  system = await System.start({ database, appDatabaseUrl: link.through(database.url) });
  const [one, two, three, four, five] = await Promise.all([
    finished(uniquePrompt()),
    finished(uniquePrompt()),
    finished(uniquePrompt()),
    waiting(),
    waiting(),
  ]);
  follower = new TestSubscriber(system.api.newSocket(), one.workflowId).open();
  const long = await system.api.start(uniquePrompt('[[sim: tps=30]]'));
  worker = new PersistentSubscriber(system, long);
  await worker.until(() => worker.batches.length > 0, 'the subscriber has joined');
  await until(async () => (await system.evidence.storedSteps(long.runId)).length > 0, 'a step is stored');

  link.cut();
  const backup = await copyDatabase(database);
  link.mend();

  // The run that is active in the backup is taken over, ends, and is followed by others.
  await system.workers[0]?.kill('SIGKILL');
  await system.addWorker();
  await untilEnded(system, [long.runId]);
  followed = await goOn(one);
  left = await goOn(two);
  asked = await goOn(three);
  toCancel = await goOn(four);
  toApprove = await goOn(five);
  active = await goOn(long);
  const lost = await finished(uniquePrompt());
  unknown = new TestSubscriber(system.api.newSocket(), lost.workflowId).open();
  await unknown.sawEndOf(lost.runId);
  await until(() => follower.cursor === followed.lostCursor, 'the subscriber has followed');

  link.cut();
  await backup.restore();
  link.mend();
  await system.apiIsReady();
}, 240_000);

afterAll(async () => {
  await system?.stop();
  await link?.stop();
});

/** Whoever goes on from this place is shown what Postgres has, and nothing of what was lost. */
async function isShownWhatIsThere({ workflowId, runId }: Known, cursor: string | null): Promise<TestSubscriber> {
  const subscriber = new TestSubscriber(system.api.newSocket(), workflowId, cursor).open();
  await subscriber.until(() => subscriber.batches.at(-1)?.events.length === 0, 'the subscriber has caught up');
  expect(Object.keys((await subscriber.fold()).messages)).toHaveLength(1);
  await assertDelivered(system, subscriber, { workflowId, runId, logMayBeGone: true });
  return subscriber;
}

describe('Postgres restored from a backup, with a Redis that knows more', { timeout: faultTimeoutMs }, () => {
  it('shows subscribers what is there, also where nobody does anything', async () => {
    const before = follower.batches.length;
    await follower.until(() => follower.batches.length > before, 'the subscriber is told');
    expect(follower.batches[before]?.events).toMatchObject([{ __typename: 'StreamSnapshot' }]);
    const workflow = await system.api.workflow(followed.workflowId);
    expect(workflow?.cursor).toBe(follower.cursor);
    const { messages } = await follower.fold();
    expect(Object.keys(messages)).toHaveLength(1);
    follower.close();
  });

  it('ends the subscriptions to what is not there', async () => {
    await until(() => unknown.ended, 'the subscription ends');
    expect(unknown.failure).toBeNull();
  });

  it('shows new subscriptions what is there, from whatever place they go on', async () => {
    (await isShownWhatIsThere(left, left.lostCursor)).close();
    const workflow = await system.api.workflow(asked.workflowId);
    (await isShownWhatIsThere(asked, workflow?.cursor ?? null)).close();
    (await isShownWhatIsThere(asked, null)).close();
    (await isShownWhatIsThere(asked, asked.lostCursor)).close();
  });

  it('lets a run go on that was active at the time of the backup, with no attempt lost', async () => {
    const [run] = await untilEnded(system, [active.runId]);
    // The one before the backup, and the one behind it.
    expect(run).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
    expect(await system.evidence.staleWrites([active.runId])).toEqual([]);
    await until(() => worker.terminalEvents(active.runId).length === 2, 'the subscriber sees the other end');
    await assertDelivered(system, worker, { ...active, ends: 2, logMayBeGone: true });
    worker.close();
  });

  it('takes a cancel, and tells it once', async () => {
    expect(await system.api.cancelRun(toCancel.runId)).toMatchObject({ run: { status: 'CANCELED' }, userErrors: [] });
    const ends = () => system.evidence.logEnds(toCancel.workflowId);
    await until(async () => (await ends()).length === 1 && (await ends())[0]?.runId === toCancel.runId, 'it is told');
    (await isShownWhatIsThere(toCancel, toCancel.lostCursor)).close();
  });

  it('takes an answer to a run that waits, which then goes on', async () => {
    const query = 'query($id: ID!) { run(id: $id) { hooks { id } } }';
    const data = await system.api.data<{ run: { hooks: { id: string }[] } }>(query, { id: toApprove.runId });
    const answer = `mutation($input: ResolveHookInput!) { resolveHook(input: $input) { userErrors { code } } }`;
    await system.api.data(answer, { input: { hookId: data.run.hooks[0]?.id, payload: { approved: true } } });
    const [run] = await untilEnded(system, [toApprove.runId]);
    expect(run).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
    (await isShownWhatIsThere(toApprove, toApprove.lostCursor)).close();
  });

  it('has no fault to report', () => {
    expect(system.apiProcess.output).not.toContain('"level":50');
  });
});
