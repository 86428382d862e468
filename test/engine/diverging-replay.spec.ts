import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AgentContext, ReplayStalledError } from '#libs/engine';
import { gate, memoryRuns, never, twice } from './probe-runs.ts';

const probe = memoryRuns();

describe('a replay', () => {
  it('of a step under the same name but of another kind ends as NON_DETERMINISTIC', async () => {
    const { run } = await twice(
      probe,
      async (context, stopHere) => {
        await context.step('sleep', () => null);
        await stopHere();
      },
      (context) => context.sleep('1h'),
    );
    expect(run.error?.code).toBe('NON_DETERMINISTIC');
  });

  it('with another input under the same name ends as NON_DETERMINISTIC', async () => {
    const { run } = await twice(
      probe,
      async (context, stopHere) => {
        await context.progress('Reading');
        await stopHere();
      },
      (context) => context.progress('Writing'),
    );
    expect(run.error?.code).toBe('NON_DETERMINISTIC');
    expect(run.error?.message).toContain('progress');
  });

  it('on another path ends as NON_DETERMINISTIC although the agent catches everything, and executes nothing', async () => {
    const executed: string[] = [];
    const careless = async (context: AgentContext) => {
      const asked = [
        () => context.progress('Writing'),
        () => context.hook('one', { schema: z.unknown() }),
        () => context.step('another', () => executed.push('another')),
      ];
      for (const ask of asked) await Promise.resolve(ask()).catch(() => undefined);
      await context.step('two', () => executed.push('two')).catch(() => undefined);
    };
    const { run, result } = await twice(
      probe,
      async (context, stopHere) => {
        await context.progress('Reading');
        await context.step('one', () => 1);
        await stopHere();
      },
      careless,
    );
    expect(result).toEqual({ kind: 'finished', status: 'FAILED' });
    expect(run.error).toMatchObject({ code: 'NON_DETERMINISTIC', message: expect.stringContaining('progress') });
    expect(executed).toEqual([]);
    expect((await probe.stepsOf(run.id)).map((step) => step.name)).toEqual(['progress', 'one']);
  });

  it('that waits for a later step than history holds next ends as NON_DETERMINISTIC', async () => {
    const { run } = await twice(
      probe,
      async (context, stopHere) => {
        await context.step('one', () => 1);
        await context.step('two', () => 2);
        await stopHere();
      },
      async (context) => {
        await context.step('two', () => 2);
      },
    );
    expect(run.error?.code).toBe('NON_DETERMINISTIC');
  });

  it('waits for code that takes its time between two steps, beside a step that was never finished', async () => {
    const held = gate();
    const hold = async () => {
      held.reach();
      await held.opened;
      return null;
    };
    const agent = (slow: () => Promise<null>, then?: () => Promise<never>) => async (context: AgentContext) => {
      const other = async () => {
        await context.step('one', () => null);
        await delay(300);
        await context.step('two', () => null);
        await then?.();
      };
      await Promise.all([context.step('slow', slow), other()]);
    };
    const { result } = await twice(
      probe,
      (context, stopHere) => agent(hold, () => held.reached.then(stopHere))(context),
      agent(async () => null),
    );
    expect(result).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
  });

  it('that stalls is handed back as broken off, as often as a run may be without progress', async () => {
    const { runId } = await probe.submit();
    const executor = probe.executorOf(async (context) => {
      await context.step('stalling', () => Promise.reject(new ReplayStalledError('Nothing moves.'))).catch(() => null);
    });
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(await executor.execute(runId, never())).toEqual({ kind: 'released', attempts: attempt });
      expect((await probe.runOf(runId)).status).toBe('QUEUED');
    }
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.code).toBe('ATTEMPTS_EXHAUSTED');
  });
});
