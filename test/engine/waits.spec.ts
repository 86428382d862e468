import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AgentContext, FatalError, FencedError, HookExpiredError, type WorkflowStreamWriter } from '#libs/engine';
import { until } from '../support/until.ts';
import { gate, memoryRuns, never } from './probe-runs.ts';

const probe = memoryRuns();

const approval = z.object({ approved: z.boolean(), note: z.string().max(20).optional() });

/** The same stream, for a worker that dies between the commit of a wait and the event that tells of it. */
function dyingBeforeTheWait(stream: WorkflowStreamWriter): WorkflowStreamWriter {
  return {
    openAndClose: (options) => stream.openAndClose(options),
    open: async (options) => {
      const writer = await stream.open(options);
      return {
        cursor: writer.cursor,
        nextIndex: writer.nextIndex,
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
    await probe.performed();
    expect((await probe.streamed(workflowId)).at(-1)).toEqual({ type: 'resync-marker', reason: 'TAKEOVER' });
    const { status, cursor } = await probe.workflowOf(workflowId);
    expect(status).toBe('WAITING');
    expect(probe.stream.entries(workflowId).at(-1)?.cursor).toBe(cursor);
    await probe.answer(runId, 'publish', { approved: true });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
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
    await probe.endWaits(runId);
    expect(await executor.execute(runId, never())).toMatchObject({ kind: 'suspended' });
    await probe.answer(runId, 'again', { approved: true });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(caught).toBe(2);
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
    await probe.answer(runId, 'first', { approved: true });
    work.open();
    expect(await running).toEqual({ kind: 'suspended', wakeInMs: null });
  });

  it('keeps an answer that came before the run was canceled, for when it is retried', async () => {
    const { runId } = await probe.submit();
    const { seen, run } = asking();
    const executor = probe.executorOf(run);
    await executor.execute(runId, never());
    await probe.answer(runId, 'publish', { approved: true });
    await probe.cancel(runId);
    await probe.retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(seen).toEqual(['before', { approved: true }]);
    expect(await probe.hooksOf(runId)).toHaveLength(1);
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
      expect((await probe.hooksOf(runId)).map((hook) => hook.status)).toEqual(['CANCELED']);
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
    await probe.answer(runId, 'publish', { approved: true });
    expect(await executor.execute(runId, never())).toMatchObject({ kind: 'suspended', wakeInMs: expect.any(Number) });
    await probe.answer(runId, 'second', { approved: true });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(winners).toEqual(['hook', 'hook']);
  });

  it('of an agent that names no duration fails the run at once', async () => {
    const { runId } = await probe.submit();
    const executor = probe.executorOf((context) => context.sleep('soon'));
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
  });
});
