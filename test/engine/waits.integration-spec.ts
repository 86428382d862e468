import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LOCAL_USER_ID, type RunId } from '#libs/contracts';
import {
  type AgentContext,
  FatalError,
  FencedError,
  HookExpiredError,
  hookToken,
  type WorkflowStreamWriter,
} from '#libs/engine';
import { until } from '../support/until.ts';
import { gate, never, type ProbeRuns, startProbeRuns } from './probe-runs.ts';

let probe: ProbeRuns;
beforeAll(async () => {
  probe = await startProbeRuns();
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

/** Makes the run's waits end now, however long they were to be. */
async function letTimePass(runId: RunId): Promise<void> {
  await probe.dataSource.query(`UPDATE steps SET wake_at = clock_timestamp() WHERE run_id = $1`, [runId]);
  await probe.dataSource.query(
    `UPDATE hooks SET expires_at = clock_timestamp() WHERE run_id = $1 AND expires_at IS NOT NULL`,
    [runId],
  );
}

/** The same stream, for a worker that dies between the commit of a wait and the event that tells of it. */
function dyingBeforeTheWait(stream: WorkflowStreamWriter): WorkflowStreamWriter {
  return {
    openEnded: (options) => stream.openEnded(options),
    open: async (options) => {
      const writer = await stream.open(options);
      return {
        cursor: writer.cursor,
        append: (events) => {
          const tells = events.some((event) => event.type === 'status' && event.runStatus === 'WAITING');
          return tells ? Promise.reject(new FencedError('The worker died.')) : writer.append(events);
        },
        finish: (events) => writer.finish(events),
        flush: () => writer.flush(),
        close: (events) => writer.close(events),
      };
    },
  };
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
    expect((await probe.workflowOf(workflowId)).workflow.status).toBe('WAITING');
    expect(await hookOf(runId)).toMatchObject({ status: 'WAITING', title: 'Publish it?', name: 'publish' });
    const told = await probe.streamed(workflowId);
    expect(told.filter((event) => event.type === 'hook')).toMatchObject([{ hook: { status: 'WAITING' } }]);
    expect(told.at(-1)).toMatchObject({ type: 'status', status: 'WAITING', runStatus: 'WAITING', terminal: false });

    const result = await answer(runId, { approved: true });
    expect(result).toMatchObject({
      kind: 'resolved',
      hook: { status: 'RESOLVED', resolvedBy: LOCAL_USER_ID, payload: { approved: true } },
      announcement: {
        events: [
          { type: 'hook', hook: { status: 'RESOLVED' } },
          { type: 'status', status: 'GENERATING' },
        ],
      },
    });
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
    expect(await probe.stranded.dueForDelivery(runId)).toBeNull();
    const stranded = await probe.stranded.runsWithoutHeartbeat(0);
    expect(stranded.map((run) => run.runId)).not.toContain(runId);
  });

  it('is shown by the next delivery when the worker died before it could tell that the run waits', async () => {
    const { runId, workflowId } = await probe.submit();
    const { run } = asking();
    const dying = probe.executorOf(run, { stream: dyingBeforeTheWait(probe.stream) });
    expect(await dying.execute(runId, never())).toMatchObject({ kind: 'suspended' });
    expect((await probe.runOf(runId)).status).toBe('WAITING');
    const statuses = (await probe.streamed(workflowId)).filter((event) => event.type === 'status');
    expect(statuses.map((event) => event.status)).toEqual(['GENERATING']);

    const executor = probe.executorOf(run);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: null });
    expect((await probe.streamed(workflowId)).at(-1)).toEqual({ type: 'resync-marker', reason: 'TAKEOVER' });
    const { workflow } = await probe.workflowOf(workflowId);
    expect(workflow.status).toBe('WAITING');
    expect(await probe.redis.xrevrange(`{wf:${workflowId}}:stream`, '+', '-', 'COUNT', 1)).toMatchObject([
      [workflow.cursor, expect.anything()],
    ]);
    expect((await answer(runId, { approved: true })).kind).toBe('resolved');
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
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
    expect(await probe.stranded.dueForDelivery(runId)).toBeNull();
    await letTimePass(runId);
    expect(await probe.stranded.dueForDelivery(runId)).toEqual({ runId, attempts: 1 });
    expect((await probe.stranded.overdueRuns()).map((overdue) => overdue.runId)).toContain(runId);
    expect((await answer(runId, { approved: true })).kind).toBe('closed');
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.code).toBe('HOOK_EXPIRED');
    expect((await hookOf(runId)).status).toBe('EXPIRED');

    expect((await probe.retrying.retry(LOCAL_USER_ID, runId)).kind).toBe('accepted');
    const patient = probe.executorOf(asking().run);
    expect(await patient.execute(runId, never())).toMatchObject({ kind: 'suspended' });
    expect((await probe.hooksOf(runId)).map((hook) => hook.status)).toEqual(['EXPIRED', 'WAITING']);
    expect(seen).toEqual(['before']);
  });

  it('that expires is an error that an agent can catch, also in a replay', async () => {
    const { runId } = await probe.submit();
    let caught = 0;
    const executor = probe.executorOf(async (context) => {
      try {
        await context.hook('publish', { schema: approval, timeout: '7d' });
      } catch (error) {
        if (!(error instanceof HookExpiredError)) throw error;
        caught++;
      }
      await context.step('without', () => null);
      await context.hook('again', { schema: approval });
    });
    await executor.execute(runId, never());
    await letTimePass(runId);
    expect(await executor.execute(runId, never())).toMatchObject({ kind: 'suspended' });
    await answer(runId, { approved: true });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(caught).toBe(2);
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
    expect(await answer(runId, { approved: true })).toMatchObject({ kind: 'resolved', announcement: null });
    work.open();
    expect(await running).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    const hooks = (await probe.streamed(workflowId)).flatMap((event) =>
      event.type === 'hook' ? [event.hook.status] : [],
    );
    expect(hooks).toEqual(['WAITING', 'RESOLVED']);
    expect(await probe.historyOf(runId)).not.toContain('run_waiting');
  });

  it('answered while another is open lets the run be suspended for the other', async () => {
    const { runId } = await probe.submit();
    const work = gate();
    const executor = probe.executorOf(async (context) => {
      await Promise.all([
        context.hook('first', { schema: approval }),
        context.hook('second', { schema: approval }),
        context.step('slow', async () => {
          work.reach();
          await work.opened;
          return null;
        }),
      ]);
    });
    const running = executor.execute(runId, never());
    await work.reached;
    await until(async () => (await probe.hooksOf(runId)).length === 2, 'both hooks to open');
    const first = (await probe.hooksOf(runId)).find((hook) => hook.name === 'first');
    if (!first) throw new Error('The first hook is missing.');
    const place = { ownerId: LOCAL_USER_ID, hookId: first.id };
    expect((await probe.hooks.resolve(place, { approved: true }, LOCAL_USER_ID)).kind).toBe('resolved');
    work.open();
    expect(await running).toEqual({ kind: 'suspended', wakeInMs: null });
  });

  it('keeps an answer that came before the run was canceled, for when it is retried', async () => {
    const { runId } = await probe.submit();
    const { seen, run } = asking();
    const executor = probe.executorOf(run);
    await executor.execute(runId, never());
    expect((await answer(runId, { approved: true })).kind).toBe('resolved');
    expect((await probe.cancellation.cancel(LOCAL_USER_ID, runId)).kind).toBe('canceled');
    expect((await probe.retrying.retry(LOCAL_USER_ID, runId)).kind).toBe('accepted');
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(seen).toEqual(['before', { approved: true }]);
    expect(await probe.hooksOf(runId)).toHaveLength(1);
  });

  it('is canceled with its run, and subscribers are told', async () => {
    const { runId } = await probe.submit();
    await probe.executorOf(asking().run).execute(runId, never());
    const result = await probe.cancellation.cancel(LOCAL_USER_ID, runId);
    expect(result).toMatchObject({
      kind: 'canceled',
      closing: {
        ends: [
          {
            events: [
              { type: 'hook', hook: { status: 'CANCELED' } },
              { type: 'status', terminal: true },
            ],
          },
        ],
      },
    });
    expect((await hookOf(runId)).status).toBe('CANCELED');
    expect((await answer(runId, { approved: true })).kind).toBe('closed');
  });

  it.each([
    ['succeeds', async () => undefined],
    ['fails', () => Promise.reject(new FatalError('STEP_FAILED'))],
  ])(
    'that is open while its run %s is canceled with it, and subscribers are told before the end',
    async (_how, end) => {
      const { runId, workflowId } = await probe.submit();
      const hold = gate();
      const executor = probe.executorOf(async (context) => {
        void context.hook('publish', { schema: approval });
        void context.step('left alone', async () => {
          hold.reach();
          await hold.opened;
          return null;
        });
        await context.step('slow', () => hold.reached.then(() => null));
        await until(async () => (await probe.hooksOf(runId)).length === 1, 'the hook to open');
        await end();
      });
      await executor.execute(runId, never());
      hold.open();
      expect((await hookOf(runId)).status).toBe('CANCELED');
      const told = await probe.streamed(workflowId);
      expect(told.findLast((event) => event.type === 'hook')).toMatchObject({ hook: { status: 'CANCELED' } });
      const steps = new Map(
        told.flatMap((event) => (event.type === 'step' ? [[event.step.name, event.step.status]] : [])),
      );
      expect(Object.fromEntries(steps)).toEqual({ publish: 'CANCELED', 'left alone': 'CANCELED', slow: 'SUCCEEDED' });
      expect(told.at(-1)).toMatchObject({ type: 'status', terminal: true });
    },
  );
});

describe('a sleep', () => {
  it('suspends the run until its time has come, and is not slept twice', async () => {
    const { runId } = await probe.submit();
    const executor = probe.executorOf(async (context) => {
      await context.sleep('3d');
      await context.sleep('1h');
    });
    expect(await executor.execute(runId, never())).toMatchObject({ kind: 'suspended', wakeInMs: expect.any(Number) });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: null });
    await letTimePass(runId);
    expect((await probe.stranded.overdueRuns()).map((overdue) => overdue.runId)).toContain(runId);
    expect(await executor.execute(runId, never())).toMatchObject({ kind: 'suspended' });
    await letTimePass(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect((await probe.runOf(runId)).status).toBe('SUCCEEDED');
    expect((await probe.stepsOf(runId)).map((step) => [step.kind, step.status])).toEqual([
      ['SLEEP', 'SUCCEEDED'],
      ['SLEEP', 'SUCCEEDED'],
    ]);
  });

  it('beside a hook loses the race when the answer comes first, in every replay', async () => {
    const { runId } = await probe.submit();
    const winners: string[] = [];
    const executor = probe.executorOf(async (context) => {
      const winner = await Promise.race([
        context.hook('publish', { schema: approval }).then(() => 'hook'),
        context.sleep('10d').then(() => 'sleep'),
      ]);
      winners.push(winner);
      await context.step(`after-${winner}`, () => null);
      await context.hook('second', { schema: approval });
    });
    await executor.execute(runId, never());
    await answer(runId, { approved: true });
    expect(await executor.execute(runId, never())).toMatchObject({ kind: 'suspended', wakeInMs: expect.any(Number) });
    await answer(runId, { approved: true });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(winners).toEqual(['hook', 'hook']);
  });

  it('of an agent that names no duration fails the run at once', async () => {
    const { runId } = await probe.submit();
    const executor = probe.executorOf((context) => context.sleep('soon'));
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
  });
});
