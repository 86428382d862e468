import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AgentContext } from '#libs/engine';
import { type ProbeRuns, startProbeRuns, twice } from './probe-runs.ts';

let probe: ProbeRuns;
beforeAll(async () => {
  probe = await startProbeRuns();
});
afterAll(() => probe?.close());

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
});
