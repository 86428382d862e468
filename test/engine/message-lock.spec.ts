import { setTimeout as delay } from 'node:timers/promises';
import type { LanguageModel } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { closingOfParts } from '#libs/contracts';
import { type AgentContext, AttemptStopped, FatalError } from '#libs/engine';
import { until } from '../support/until.ts';
import { gate, memoryRuns, never } from './probe-runs.ts';
import { providerIsAway, scriptedModel } from './scripted-model.ts';

const probe = memoryRuns();

function answerOf(context: AgentContext, model: LanguageModel) {
  const messages = [{ role: 'user' as const, content: 'Say it.' }];
  return context.generate({ model, instructions: '', messages, tools: {}, maxSteps: 1 });
}

describe('whoever adds nothing to the message', () => {
  it('waits for nobody else', async () => {
    const { runId } = await probe.submit();
    const [speaks, goesOn] = [gate(), gate()];
    const slow = scriptedModel(async function* () {
      yield 'slow';
      speaks.open();
      await goesOn.opened;
    });
    const executor = probe.executorOf(async (context) => {
      const answered = answerOf(context, slow);
      await speaks.opened;
      await context.step('beside', () => null);
      const approved = context.hook('approval', { schema: z.object({}) });
      await Promise.all([answered, approved]);
    });
    const running = executor.execute(runId, never());
    await until(async () => (await probe.hooksOf(runId)).length > 0, 'the hook is open');
    goesOn.open();
    expect(await running).toMatchObject({ kind: 'suspended' });
  });
});

describe('whoever waits for the lock of the message', () => {
  /** Runs one branch that holds the lock and does not end, and others that wait for it. */
  async function startWaiters() {
    const started = await probe.submit();
    const [speaks, executed] = [gate(), gate()];
    const silent = scriptedModel(async function* () {
      yield 'half';
      speaks.open();
      await Promise.withResolvers<void>().promise;
    });
    const whole = scriptedModel(async function* () {
      await speaks.opened;
      yield 'whole';
      executed.open();
    });
    const executor = probe.executorOf(async (context) => {
      const branches = [answerOf(context, silent), answerOf(context, whole)];
      await speaks.opened;
      await Promise.all([...branches, context.progress('waits')]);
    });
    const stop = new AbortController();
    const running = executor.execute(started.runId, stop.signal);
    await executed.opened;
    await until(
      async () => (await probe.stepsOf(started.runId)).some((step) => step.name === 'progress'),
      'progress waits',
    );
    return { ...started, executor, running, stop };
  }

  /** Whether nothing but the end is said once the run was taken away. */
  async function saidOf(workflowId: Awaited<ReturnType<typeof startWaiters>>['workflowId']): Promise<string> {
    return JSON.stringify((await probe.streamed(workflowId)).filter((event) => event.type === 'chunks'));
  }

  it('ends with a cancel, although the lock is never free, and says nothing more', async () => {
    const { runId, workflowId, executor, running } = await startWaiters();
    await probe.cancel(runId);
    await executor.recheck(runId);
    expect(await running).toEqual({ kind: 'fenced' });
    expect(await saidOf(workflowId)).not.toMatch(/whole|waits/);
    expect((await probe.stepsOf(runId)).map((step) => step.status)).toEqual(['CANCELED', 'CANCELED', 'CANCELED']);
  });

  it('ends when the run is handed back, although the lock is never free, and says nothing more', async () => {
    const { runId, workflowId, running, stop } = await startWaiters();
    stop.abort(new AttemptStopped());
    expect(await running).toMatchObject({ kind: 'released' });
    expect(await saidOf(workflowId)).not.toMatch(/whole|waits/);
    expect((await probe.runOf(runId)).status).toBe('QUEUED');
  });

  it('says nothing more when another branch fails the run', async () => {
    const { runId, workflowId } = await probe.submit();
    const [speaks, executed] = [gate(), gate()];
    const cut = scriptedModel(async function* () {
      yield 'half';
      speaks.open();
      await executed.opened;
      throw providerIsAway();
    });
    const whole = scriptedModel(async function* () {
      await speaks.opened;
      yield 'whole';
      executed.open();
    });
    const executor = probe.executorOf(
      async (context) => {
        const branches = [answerOf(context, cut), answerOf(context, whole)];
        await until(
          async () => (await probe.stepsOf(runId)).some((step) => step.status === 'RETRYING'),
          'the first is to be tried again later',
        );
        await Promise.all([...branches, context.step('failing', () => Promise.reject(new FatalError('STEP_FAILED')))]);
      },
      { pause: (_milliseconds, signal) => delay(600_000, undefined, { signal }) },
    );
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect(await saidOf(workflowId)).not.toContain('whole');
    const chunks = (await probe.streamed(workflowId)).flatMap((event) => (event.type === 'chunks' ? event.chunks : []));
    expect(chunks.at(-1)).toEqual({ type: 'finish', finishReason: 'error' });
  });
});

describe('an answer that its agent left alone', () => {
  it('is closed when the run succeeds without it', async () => {
    const { runId, workflowId } = await probe.submit();
    const speaks = gate();
    const endless = scriptedModel(async function* () {
      yield { toolCallId: 'call', toolName: 'any', input: {} };
      yield 'half';
      speaks.open();
      await Promise.withResolvers<void>().promise;
    });
    const executor = probe.executorOf(async (context) => {
      void answerOf(context, endless);
      await speaks.opened;
      await until(async () => JSON.stringify(await probe.streamed(workflowId)).includes('half'), 'half of it is shown');
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    const { chunks } = await probe.workflowOf(workflowId);
    expect(closingOfParts(chunks)).toEqual([]);
    expect(chunks.at(-1)).toEqual({ type: 'finish', finishReason: 'stop' });
  });
});
