import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LOCAL_USER_ID, type RunId } from '#libs/contracts';
import { type AgentContext, hookToken } from '#libs/engine';
import { WorkflowReader } from '#libs/persistence';
import { until } from '../support/until.ts';
import { gate, never } from './probe-runs.ts';
import { type ServerRuns, startServerRuns } from './server-runs.ts';

let probe: ServerRuns;
beforeAll(async () => {
  probe = await startServerRuns();
});
afterAll(() => probe?.close());

const approval = z.object({ approved: z.boolean(), note: z.string().max(20).optional() });

async function hookOf(runId: RunId) {
  const [hook] = (await probe.hooksOf(runId)).slice(-1);
  if (!hook) throw new Error('The run has no hook.');
  return hook;
}

async function answer(runId: RunId, payload: Record<string, string | boolean>) {
  const place = { ownerId: LOCAL_USER_ID, hookId: (await hookOf(runId)).id };
  return probe.hooks.resolve(place, payload, LOCAL_USER_ID);
}

/** An agent that asks for an approval and keeps what it was told. */
function asking(options: { timeout?: string } = {}) {
  const seen: unknown[] = [];
  const run = async (context: AgentContext) => {
    await context.step('before', () => {
      seen.push('before');
      return null;
    });
    const answered = await context.hook('publish', { schema: approval, title: 'Publish it?', ...options });
    await context.step('after', () => {
      seen.push(answered);
      return null;
    });
  };
  return { seen, run };
}

describe('a hook', () => {
  it('suspends the run, which goes on with the answer and repeats nothing', async () => {
    const { runId, workflowId } = await probe.submit();
    const { seen, run } = asking();
    const executor = probe.executorOf(run);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'suspended', wakeInMs: null });
    expect((await probe.runOf(runId)).status).toBe('WAITING');
    expect((await probe.workflowOf(workflowId)).status).toBe('WAITING');
    expect(await hookOf(runId)).toMatchObject({ status: 'WAITING', title: 'Publish it?', name: 'publish' });
    const told = await probe.streamed(workflowId);
    expect(told.filter((event) => event.type === 'hook')).toMatchObject([{ hook: { status: 'WAITING' } }]);
    expect(told.at(-1)).toMatchObject({ type: 'status', status: 'WAITING', runStatus: 'WAITING', terminal: false });

    const result = await answer(runId, { approved: true });
    expect(result).toMatchObject({
      kind: 'resolved',
      hook: { status: 'RESOLVED', resolvedBy: LOCAL_USER_ID, payload: { approved: true } },
    });
    expect(probe.effects.slice(-3)).toMatchObject([
      { type: 'workflow-changed' },
      {
        type: 'open-epoch',
        events: [
          { type: 'hook', hook: { status: 'RESOLVED' } },
          { type: 'status', status: 'GENERATING' },
        ],
        closes: false,
      },
      { type: 'dispatch-run', runId, attempts: 1 },
    ]);
    expect((await probe.runOf(runId)).status).toBe('QUEUED');
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(seen).toEqual(['before', { approved: true }]);
    expect(await probe.historyOf(runId)).toEqual(
      expect.arrayContaining(['hook_created', 'run_waiting', 'hook_received', 'run_resumed']),
    );
  });

  it('is not delivered while nobody has answered', async () => {
    const { runId } = await probe.submit();
    const executor = probe.executorOf(asking().run);
    await executor.execute(runId, never());
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: null });
    expect((await probe.runOf(runId)).status).toBe('WAITING');
    expect(await probe.stranded.dueForDelivery(runId)).toEqual([]);
    const stranded = await probe.stranded.runsWithoutHeartbeat(0);
    expect(stranded.map((run) => run.runId)).not.toContain(runId);
  });

  it('refuses an answer that does not fit, with reasons, and stays open', async () => {
    const { runId } = await probe.submit();
    await probe.executorOf(asking().run).execute(runId, never());
    const result = await answer(runId, { approved: 'yes', note: 'far too long for the limit' });
    expect(result).toMatchObject({ kind: 'invalid', problems: expect.anything() });
    const paths = result.kind === 'invalid' ? result.problems.map((problem) => problem.path.join('.')) : [];
    expect(paths.sort()).toEqual(['approved', 'note']);
    expect(await hookOf(runId)).toMatchObject({ status: 'WAITING', payload: null });
    expect((await probe.runOf(runId)).status).toBe('WAITING');
  });

  it('takes one of many answers that come at once, by its token as well as by its id', async () => {
    const { runId } = await probe.submit();
    const { run, seen } = asking();
    const executor = probe.executorOf(run);
    await executor.execute(runId, never());
    const token = hookToken('secret', (await hookOf(runId)).id);
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        index % 2 === 0
          ? answer(runId, { approved: true, note: `${index}` })
          : probe.hooks.resolve({ token }, { approved: true, note: `${index}` }, null),
      ),
    );
    const won = results.filter((result) => result.kind === 'resolved');
    expect(won).toHaveLength(1);
    const kinds = new Set(results.map((result) => result.kind));
    kinds.delete('resolved');
    expect([...kinds]).toEqual(['answered']);
    expect((await answer(runId, { approved: false })).kind).toBe('answered');
    await executor.execute(runId, never());
    expect(seen[1]).toEqual(won[0]?.kind === 'resolved' ? won[0].hook.payload : null);
  });

  it('knows no token but its own', async () => {
    const { runId } = await probe.submit();
    await probe.executorOf(asking().run).execute(runId, never());
    const token = hookToken('another secret', (await hookOf(runId)).id);
    expect(await probe.hooks.resolve({ token }, { approved: true }, null)).toEqual({ kind: 'not-found' });
  });

  it('that expires fails the run with HOOK_EXPIRED, and a retry asks again', async () => {
    const { runId } = await probe.submit();
    const { seen, run } = asking({ timeout: '7d' });
    const executor = probe.executorOf(run);
    expect(await executor.execute(runId, never())).toMatchObject({ kind: 'suspended', wakeInMs: expect.any(Number) });
    expect((await wakesInHours(runId)) ?? 0).toBeCloseTo(168, 1);
    expect(await probe.stranded.dueForDelivery(runId)).toEqual([]);
    await probe.endWaits(runId);
    expect(await probe.stranded.dueForDelivery(runId)).toEqual([{ type: 'dispatch-run', runId, attempts: 1 }]);
    expect((await probe.stranded.overdueRuns()).map((overdue) => overdue.runId)).toContain(runId);
    expect((await answer(runId, { approved: true })).kind).toBe('closed');
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.code).toBe('HOOK_EXPIRED');
    expect((await hookOf(runId)).status).toBe('EXPIRED');

    await probe.retry(runId);
    const patient = probe.executorOf(asking().run);
    expect(await patient.execute(runId, never())).toMatchObject({ kind: 'suspended' });
    expect((await probe.hooksOf(runId)).map((hook) => hook.status)).toEqual(['EXPIRED', 'WAITING']);
    expect(seen).toEqual(['before']);
  });

  it('answered while another branch is at work is found without suspending', async () => {
    const { runId, workflowId } = await probe.submit();
    const work = gate();
    const executor = probe.executorOf(async (context) => {
      await Promise.all([
        context.hook('publish', { schema: approval }),
        context.step('slow', async () => {
          work.reach();
          await work.opened;
          return null;
        }),
      ]);
    });
    const running = executor.execute(runId, never());
    await work.reached;
    await until(async () => (await probe.hooksOf(runId)).length === 1, 'the hook to open');
    expect(await answer(runId, { approved: true })).toMatchObject({ kind: 'resolved' });
    expect(probe.effects.filter((effect) => effect.type === 'dispatch-run' && effect.runId === runId)).toEqual([]);
    work.open();
    expect(await running).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    const hooks = (await probe.streamed(workflowId)).flatMap((event) =>
      event.type === 'hook' ? [event.hook.status] : [],
    );
    expect(hooks).toEqual(['WAITING', 'RESOLVED']);
    expect(await probe.historyOf(runId)).not.toContain('run_waiting');
  });

  it('is canceled with its run, and subscribers are told', async () => {
    const { runId } = await probe.submit();
    await probe.executorOf(asking().run).execute(runId, never());
    expect(await probe.cancellation.cancel(LOCAL_USER_ID, runId)).toMatchObject({ kind: 'canceled' });
    expect(probe.effects.at(-1)).toMatchObject({
      ends: [
        {
          events: [
            { type: 'hook', hook: { status: 'CANCELED' } },
            { type: 'status', terminal: true },
          ],
        },
      ],
    });
    expect((await hookOf(runId)).status).toBe('CANCELED');
    expect((await answer(runId, { approved: true })).kind).toBe('closed');
  });
});

/** As readers are told of it; `null` when the run does not wait for a time. */
async function wakesInHours(runId: RunId): Promise<number | null> {
  const run = await new WorkflowReader(probe.dataSource).run(LOCAL_USER_ID, runId);
  return run?.wakeAt ? (run.wakeAt.getTime() - Date.now()) / 3_600_000 : null;
}

describe('a sleep', () => {
  it('suspends the run until its time has come, and is not slept twice', async () => {
    const { runId } = await probe.submit();
    const executor = probe.executorOf(async (context) => {
      await context.sleep('3d');
      await context.sleep('1h');
    });
    expect(await executor.execute(runId, never())).toMatchObject({ kind: 'suspended', wakeInMs: expect.any(Number) });
    expect((await wakesInHours(runId)) ?? 0).toBeCloseTo(72, 1);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: null });
    await probe.endWaits(runId);
    expect((await probe.stranded.overdueRuns()).map((overdue) => overdue.runId)).toContain(runId);
    expect(await executor.execute(runId, never())).toMatchObject({ kind: 'suspended' });
    await probe.endWaits(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect((await probe.runOf(runId)).status).toBe('SUCCEEDED');
    expect(await wakesInHours(runId)).toBeNull();
    expect((await probe.stepsOf(runId)).map((step) => [step.kind, step.status])).toEqual([
      ['SLEEP', 'SUCCEEDED'],
      ['SLEEP', 'SUCCEEDED'],
    ]);
  });
});
