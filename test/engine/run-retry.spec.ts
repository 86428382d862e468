import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type RunId } from '#libs/contracts';
import { type AgentContext, defineFunctionTool, FatalError, StepError } from '#libs/engine';
import { answeringModel } from '#libs/engine/testing';
import { memoryRuns, never } from './probe-runs.ts';

const probe = memoryRuns();

/** A model that asks for these tools, one answer after the other, and says that it is done when there are no more. */
const modelThatCalls = (answers: string[][]) =>
  answeringModel(...answers.map((calls) => calls.map((call) => ({ call }))), 'Done.');

const inputSchema = z.object({});
const base = { instructions: 'Work.', messages: [{ role: 'user' as const, content: 'Go' }] };

async function retry(runId: RunId): Promise<void> {
  await probe.retry(runId);
}

describe('retrying a run that used up the steps of its loop', () => {
  function payingAgent(charges: string[]) {
    const charge = defineFunctionTool({
      description: 'Charges once.',
      inputSchema,
      execute: async (_input, { idempotencyKey }) => ({ charged: charges.push(idempotencyKey) }),
    });
    const model = modelThatCalls([['charge'], ['charge'], ['charge'], ['charge'], ['charge']]);
    return async (context: AgentContext) => {
      await context.step('open-account', () => charges.push('account'));
      await context.generate({ ...base, model, tools: { charge }, maxSteps: 2 });
      await context.step('close-account', () => charges.push('closed'));
    };
  }

  it('goes on behind the last step, with as many steps again, and repeats no effect', async () => {
    const { runId, workflowId } = await probe.submit();
    const charges: string[] = [];
    const executor = probe.executorOf(payingAgent(charges));
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.code).toBe('STEP_LIMIT');
    const before = await probe.stepsOf(runId);
    const historyBefore = await probe.historyOf(runId);
    expect(charges).toHaveLength(3);

    await retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.code).toBe('STEP_LIMIT');
    await retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });

    expect(charges).toHaveLength(new Set(charges).size);
    expect(charges).toHaveLength(7);
    const after = await probe.stepsOf(runId);
    expect(after.slice(0, before.length).map((step) => step.id)).toEqual(before.map((step) => step.id));
    expect(after.every((step) => step.status === 'SUCCEEDED')).toBe(true);
    expect((await probe.historyOf(runId)).slice(0, historyBefore.length)).toEqual(historyBefore);
    const { chunks } = await probe.workflowOf(workflowId);
    const outputs = chunks.filter((chunk) => chunk.type === 'tool-output-available');
    expect(outputs).toHaveLength(5);
  });

  it('keeps to the other way of an agent that has caught it', async () => {
    const { runId } = await probe.submit();
    const calls: string[] = [];
    let broken = true;
    const note = defineFunctionTool({
      description: 'Notes.',
      inputSchema,
      execute: async () => ({ noted: calls.push('note') }),
    });
    const model = modelThatCalls([['note'], ['note'], ['note']]);
    const executor = probe.executorOf(async (context) => {
      const options = { ...base, model, tools: { note }, maxSteps: 1 };
      const code = await context.generate(options).then(
        () => null,
        (error: unknown) => (error instanceof StepError ? error.code : 'another error'),
      );
      await context.step('without-the-model', () => calls.push(String(code)));
      await context.step('fragile', () => {
        if (broken) throw new FatalError('STEP_FAILED');
        return null;
      });
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    broken = false;
    await retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(calls).toEqual(['note', 'STEP_LIMIT']);
  });

  it('keeps to it also when nothing has succeeded behind the failure that it caught', async () => {
    const { runId } = await probe.submit();
    const executed: string[] = [];
    let broken = true;
    const executor = probe.executorOf(async (context) => {
      const fail = () => {
        executed.push('first-way');
        throw new FatalError('STEP_FAILED');
      };
      await context.step('first-way', fail).catch(() => undefined);
      await context.step('other-way', () => {
        executed.push('other-way');
        if (broken) throw new FatalError('STEP_FAILED');
        return null;
      });
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    broken = false;
    await retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(executed).toEqual(['first-way', 'other-way', 'other-way']);
  });

  it('passes a limit of the agent itself, once for each retry', async () => {
    const { runId } = await probe.submit();
    const rounds: number[] = [];
    const executor = probe.executorOf(async (context) => {
      for (let round = 1; round <= 3; round++) {
        await context.step('round', () => rounds.push(round));
        await context.failUntilRetried('enough', new FatalError('GRAPH_INVALID', `Stopped after ${round}.`));
      }
    });
    for (const round of [1, 2, 3]) {
      expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
      expect((await probe.runOf(runId)).error).toMatchObject({
        code: 'GRAPH_INVALID',
        message: `Stopped after ${round}.`,
      });
      await retry(runId);
    }
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(rounds).toEqual([1, 2, 3]);
  });
});

describe('retrying a run of which several steps failed side by side', () => {
  it('executes one again that the agent did not go on from, although another succeeded behind it', async () => {
    const { runId } = await probe.submit();
    const executed: string[] = [];
    let broken = true;
    const executor = probe.executorOf(async (context) => {
      const failed = Promise.withResolvers<void>();
      const fragile = context.step('fragile', () => {
        executed.push('fragile');
        if (broken) throw new FatalError('STEP_FAILED');
        return null;
      });
      fragile.catch(() => failed.resolve());
      const solid = context.step('solid', async () => {
        await failed.promise;
        executed.push('solid');
        return null;
      });
      const outcomes = await Promise.allSettled([fragile, solid]);
      if (outcomes.some(({ status }) => status === 'rejected'))
        throw new FatalError('STEP_FAILED', 'Not all are done.');
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    broken = false;
    await retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(executed).toEqual(['fragile', 'solid', 'fragile']);
  });

  it('executes all failed tools again at once, and none that succeeded', async () => {
    const { runId } = await probe.submit();
    const executed: string[] = [];
    let broken = true;
    const fragile = (name: string) =>
      defineFunctionTool({
        description: name,
        inputSchema,
        execute: async () => {
          executed.push(name);
          if (broken) throw new FatalError('STEP_FAILED', `${name} is closed.`);
          return { name };
        },
      });
    const slow = defineFunctionTool({
      description: 'Succeeds after the others have failed.',
      inputSchema,
      execute: async () => {
        while ((await probe.stepsOf(runId)).filter((step) => step.status === 'FAILED').length < 2) executed.length;
        executed.push('slow');
        return {};
      },
    });
    const model = modelThatCalls([['first', 'second', 'slow']]);
    const tools = { first: fragile('first'), second: fragile('second'), slow };
    const executor = probe.executorOf(async (context) => {
      await context.generate({ ...base, model, tools, maxSteps: 3 });
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.message).toBe('first is closed.');
    broken = false;
    await retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(executed.toSorted()).toEqual(['first', 'first', 'second', 'second', 'slow']);
  });
});

describe('retrying a run that failed with what its agent had caught, and had gone on from', () => {
  it('fails in one attempt, with a sentence that names both steps, and executes nothing', async () => {
    const { runId } = await probe.submit();
    const executed: string[] = [];
    const executor = probe.executorOf(async (context) => {
      try {
        await context.step('book', () => {
          executed.push('book');
          throw new FatalError('STEP_FAILED');
        });
      } catch (error) {
        await context.progress('It did not work.');
        throw error;
      }
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    await retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error).toMatchObject({
      code: 'NON_DETERMINISTIC',
      message: expect.stringMatching(/"progress" after "book" had failed/),
    });
    expect(executed).toEqual(['book']);
  });

  it('goes on when the step tells of the failure, and the run ends with a limit of its own', async () => {
    const { runId } = await probe.submit();
    const executed: string[] = [];
    const executor = probe.executorOf(async (context) => {
      const booked = await context.step('book', () => executed.push('book') > 1);
      if (!booked) {
        await context.progress('It did not work.');
        await context.failUntilRetried('not-booked', new FatalError('STEP_FAILED', 'Nothing was booked.'));
      }
      await context.step('book-again', () => executed.push('again'));
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    await retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(executed).toEqual(['book', 'again']);
  });
});
