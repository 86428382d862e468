import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type AgentContext, FatalError, StepError } from '#libs/engine';
import { gate, memoryRuns, never, twice } from './probe-runs.ts';

const probe = memoryRuns();

describe('a replay', () => {
  it('hands a caught failure to the agent again and does not execute the step', async () => {
    const executed: string[] = [];
    const caught: unknown[] = [];
    const agent = async (context: AgentContext, stopHere?: () => Promise<never>) => {
      try {
        await context.step('optional', () => {
          executed.push('optional');
          throw new FatalError('PROVIDER_REJECTED', 'No such title.');
        });
      } catch (error) {
        caught.push(error);
      }
      await context.step('needed', () => executed.push('needed'));
      await stopHere?.();
    };
    const { result } = await twice(probe, agent, agent);
    expect(result).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(executed).toEqual(['optional', 'needed']);
    expect(caught).toHaveLength(2);
    for (const error of caught) {
      expect(error).toBeInstanceOf(StepError);
      expect(error).toMatchObject({ code: 'PROVIDER_REJECTED', message: 'No such title.', step: { name: 'optional' } });
    }
  });

  it('gives parallel branches their own results, whatever the order in which they came', async () => {
    const random = [30, 5, 20, 1, 12, 8];
    const branches = (seen: string[]) => async (context: AgentContext, stopHere?: () => Promise<never>) => {
      const branch = async (name: string, pauses: number[]) => {
        for (const pause of pauses) {
          const output = await context.step('fetch', async () => {
            await delay(pause);
            return name;
          });
          seen.push(`${name}:${output}`);
        }
      };
      await Promise.all([branch('a', random), branch('b', random.toReversed()), branch('c', [3, 3, 3, 3])]);
      await stopHere?.();
    };
    const live: string[] = [];
    const replayed: string[] = [];
    const { result } = await twice(probe, branches(live), branches(replayed));
    expect(result).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(live).toHaveLength(16);
    expect(replayed).toEqual(live);
    expect(replayed.every((entry) => entry.split(':')[0] === entry.split(':')[1])).toBe(true);
  });

  it('executes what was under way in one branch while others had gone on', async () => {
    const reached = gate();
    const executed: string[] = [];
    const first = async (context: AgentContext, stopHere: () => Promise<never>) => {
      await Promise.all([
        context.step('slow', async ({ signal }) => {
          await reached.opened;
          await delay(60_000, undefined, { signal });
          return null;
        }),
        (async () => {
          for (const name of ['one', 'two', 'three']) await context.step(name, () => executed.push(name));
          reached.open();
          await stopHere();
        })(),
      ]);
    };
    const second = async (context: AgentContext) => {
      await Promise.all([
        context.step('slow', () => executed.push('slow')),
        (async () => {
          for (const name of ['one', 'two', 'three']) await context.step(name, () => executed.push(name));
        })(),
      ]);
    };
    const { result } = await twice(probe, first, second);
    expect(result).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(executed).toEqual(['one', 'two', 'three', 'slow']);
  });

  it('sees the graph that came with the claim without reading it again', async () => {
    const { runId } = await probe.submit();
    const store = new Proxy(probe.store, {
      get: (of, name) =>
        name === 'readGraph' ? () => Promise.reject(new Error('It was read.')) : Reflect.get(of, name),
    });
    const seen: number[] = [];
    const agent = async (context: AgentContext) => {
      await context.step('change', async () => (await context.graph()).nodes.push({} as never));
      seen.push((await context.graph()).nodes.length);
    };
    expect(await probe.executorOf(agent, { store }).execute(runId, never())).toMatchObject({ status: 'SUCCEEDED' });
    expect(seen).toEqual([0]);
  });

  it('sees the graph as it was at that line', async () => {
    const seen: number[] = [];
    const agent = async (context: AgentContext, stopHere?: () => Promise<never>) => {
      seen.push((await context.graph()).nodes.length);
      await context.step('inside', async () => (await context.graph()).nodes.length);
      await stopHere?.();
    };
    const { result, runId } = await twice(probe, agent, agent);
    expect(result).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(seen).toEqual([0, 0]);
    expect((await probe.stepsOf(runId)).map((step) => step.name)).toEqual(['graph', 'inside']);
  });
});

describe('retrying a failed run', () => {
  it('executes the step that ended it and keeps the failure that the agent had caught', async () => {
    const { runId } = await probe.submit();
    const executed: string[] = [];
    let broken = true;
    const executor = probe.executorOf(async (context) => {
      const optional = context.step('optional', () => {
        executed.push('optional');
        throw new FatalError('STEP_FAILED', 'Closed.');
      });
      await optional.catch(() => undefined);
      await context.step('good', () => executed.push('good'));
      await context.step('fragile', () => {
        executed.push('fragile');
        if (broken) throw new FatalError('STEP_FAILED', 'Broken.');
        return null;
      });
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    broken = false;
    await probe.retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(executed).toEqual(['optional', 'good', 'fragile', 'fragile']);
  });

  it('after an outcome that other branches overtook executes the failed step again', async () => {
    const { runId } = await probe.submit();
    let broken = true;
    const overtaken = gate();
    const executor = probe.executorOf(async (context) => {
      const failing = context.step('failing', () => {
        if (broken) throw new FatalError('STEP_FAILED', 'Broken.');
        return null;
      });
      const other = context.step('other', async () => {
        await overtaken.opened;
        return null;
      });
      const failure = await failing.then(
        () => null,
        (error: unknown) => error,
      );
      overtaken.open();
      await other;
      if (failure) throw new Error('wrapped', { cause: failure });
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    broken = false;
    await probe.retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
  });
});

describe('progress', () => {
  it('is streamed as data-progress and stored with the message', async () => {
    const { runId, workflowId } = await probe.submit();
    const executor = probe.executorOf(async (context) => {
      await context.progress({ id: 'p', text: 'Reading', percent: 10 });
      await context.progress({ id: 'p', text: 'Writing', percent: 90 });
      await context.progress('Done');
    });
    await executor.execute(runId, never());
    const part = (chunk: { type: string }) => chunk.type === 'data-progress';
    const chunks = (await probe.streamed(workflowId)).flatMap((event) => (event.type === 'chunks' ? event.chunks : []));
    expect(chunks.filter(part)).toMatchObject([
      { data: { text: 'Reading', percent: 10 } },
      { data: { text: 'Writing', percent: 90 } },
      { data: { text: 'Done', percent: null } },
    ]);
    const stored = (await probe.workflowOf(workflowId)).chunks.filter(part);
    expect(stored).toMatchObject([{ data: { text: 'Writing' } }, { data: { text: 'Done' } }]);
  });
});

describe('a step inside another', () => {
  const inner: [string, (context: AgentContext) => Promise<unknown>][] = [
    ['progress', (context) => context.progress('Half-way')],
    ['inner', async (context) => context.step('inner', () => null)],
    ['sleep', (context) => context.sleep('1h')],
  ];

  it.each(inner)('ends the run with a sentence that names it, whoever catches it: %s', async (name, start) => {
    const { runId } = await probe.submit();
    const executor = probe.executorOf(async (context) => {
      await context.step('outer', async () => {
        await start(context).catch(() => undefined);
        return null;
      });
      await context.step('behind', () => null);
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    const { error } = await probe.runOf(runId);
    expect(error).toMatchObject({ code: 'STEP_FAILED', message: expect.stringContaining(`"${name}" inside another`) });
    expect((await probe.stepsOf(runId)).map((step) => step.name)).toEqual(['outer']);
  });

  it('may read the graph', async () => {
    const { runId } = await probe.submit();
    const executor = probe.executorOf(async (context) => {
      await context.step('outer', async () => (await context.graph()).nodes.length);
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
  });
});
