import { describe, expect, it } from 'vitest';
import {
  type AgentContext,
  AgentRegistry,
  defineAgent,
  FencedError,
  type RunStore,
  StreamLostError,
  type WorkflowStreamWriter,
} from '#libs/engine';
import { until } from '../support/until.ts';
import { gate, memoryRuns, never } from './probe-runs.ts';

const probe = memoryRuns();

type Call = 'startStep' | 'completeStep' | 'completeAndStartStep' | 'beginCompleting' | 'finishRun' | 'openSleep';

/** A store that writes down which of these were called, and first does what a test wants. */
function recorded(calls: string[], before: (call: Call) => Promise<void> | void = () => undefined): RunStore {
  return new Proxy(probe.store, {
    get(store, name) {
      const value: unknown = Reflect.get(store, name);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (/^(start|complete|beginCompleting|finishRun|openSleep)/.test(String(name))) {
          calls.push(String(name));
          await before(name as Call);
        }
        return Reflect.apply(value, store, args);
      };
    },
  });
}

async function execute(run: (context: AgentContext) => Promise<void>, before?: (call: Call) => Promise<void> | void) {
  const calls: string[] = [];
  const { runId } = await probe.submit();
  const result = await probe.executorOf(run, { store: recorded(calls, before) }).execute(runId, never());
  return { runId, result, calls };
}

describe('steps that follow each other at once', () => {
  it('share commits: a result is stored with the next start', async () => {
    const { result, calls } = await execute(async (context) => {
      const one = await context.step('one', () => 1);
      const two = await context.step('two', () => one + 1);
      await context.step('three', () => two + 1);
    });
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
    const shared = ['completeAndStartStep', 'completeAndStartStep'];
    expect(calls).toEqual(['startStep', ...shared, 'finishRun']);
  });

  it('share them with what completes the agent, and with the end of the run', async () => {
    const calls: string[] = [];
    const { runId, workflowId } = await probe.submit();
    const agent = defineAgent('probe', {
      run: async (context) => {
        await context.step('one', () => 1);
      },
      complete: async (context) => {
        await context.step('check', () => 2);
        return { title: null, saveRevision: false };
      },
    });
    const executor = probe.executorWith(new AgentRegistry([agent]), { store: recorded(calls) });
    expect(await executor.execute(runId, never())).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls).toEqual(['startStep', 'beginCompleting', 'startStep', 'finishRun']);
    expect((await probe.stepsOf(runId)).map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    const shown = (await probe.streamed(workflowId)).flatMap((event) => {
      if (event.type === 'step') return [`${event.step.name} ${event.step.status}`];
      return event.type === 'status' ? [event.runStatus] : [];
    });
    expect(shown).toEqual([
      'RUNNING',
      'one RUNNING',
      'one SUCCEEDED',
      'COMPLETING',
      'check RUNNING',
      'check SUCCEEDED',
      'SUCCEEDED',
    ]);
  });

  it('do not, when the agent has something else to do in between', async () => {
    const calls: string[] = [];
    const { runId } = await probe.submit();
    const executor = probe.executorOf(
      async (context) => {
        await context.step('one', () => 1);
        await until(() => calls.includes('completeStep'), 'the result is on its way');
        await context.step('two', () => 2);
      },
      { store: recorded(calls) },
    );
    await executor.execute(runId, never());
    expect(calls).toEqual(['startStep', 'completeStep', 'startStep', 'finishRun']);
  });

  it('wait in the order of their results, when several branches end and start steps', async () => {
    const { result, runId } = await execute(async (context) => {
      const branch = async (name: string) => {
        for (let at = 0; at < 3; at += 1) await context.step(`${name} ${at}`, () => at);
      };
      await Promise.all(['a', 'b', 'c'].map(branch));
    });
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
    const steps = await probe.stepsOf(runId);
    expect(steps).toHaveLength(9);
    expect(steps.every(({ status }) => status === 'SUCCEEDED')).toBe(true);
  });
});

describe('what follows a result', () => {
  it('is not executed before the result is stored', async () => {
    const held = gate();
    let isExecuted = false;
    const done = execute(
      async (context) => {
        await context.step('one', () => 1);
        await context.step('two', () => {
          isExecuted = true;
          return 2;
        });
      },
      async (call) => {
        if (call !== 'completeAndStartStep') return;
        held.reach();
        await held.opened;
      },
    );
    await held.reached;
    expect(isExecuted).toBe(false);
    held.open();
    expect((await done).result).toMatchObject({ status: 'SUCCEEDED' });
    expect(isExecuted).toBe(true);
  });

  it.each([
    ['a wait', (context: AgentContext) => context.sleep(1), 'openSleep'],
    [
      'the failure of the run',
      async () => {
        throw new Error('The agent has failed.');
      },
      'finishRun',
    ],
  ] as const)('waits for it: %s', async (_, then, call) => {
    const held = gate();
    const calls: string[] = [];
    const { runId } = await probe.submit();
    const store = recorded(calls, async (name) => {
      if (name !== 'completeStep') return;
      held.reach();
      await held.opened;
    });
    const agent = async (context: AgentContext) => {
      await context.step('one', () => 1);
      await then(context);
    };
    const done = probe.executorOf(agent, { store }).execute(runId, never());
    await held.reached;
    await until(async () => calls.includes('completeStep'), 'the result is on its way');
    expect(calls).toEqual(['startStep', 'completeStep']);
    held.open();
    await done;
    expect(calls).toContain(call);
    expect((await probe.stepsOf(runId))[0]).toMatchObject({ name: 'one', status: 'SUCCEEDED' });
  });

  it('is not the end of the run when the stream is lost before: the result is stored, and the run handed back', async () => {
    const calls: string[] = [];
    const { runId } = await probe.submit();
    const stream: WorkflowStreamWriter = {
      open: async (epoch) => {
        const writer = await probe.stream.open(epoch);
        writer.flush = () => Promise.reject(new StreamLostError('Redis is away.'));
        return writer;
      },
      openAndClose: (epoch) => probe.stream.openAndClose(epoch),
    };
    const agent = async (context: AgentContext) => {
      await context.step('one', () => 1);
    };
    const result = await probe.executorOf(agent, { store: recorded(calls), stream }).execute(runId, never());
    expect(result).toMatchObject({ kind: 'released' });
    expect(calls).toEqual(['startStep', 'completeStep']);
    expect((await probe.stepsOf(runId))[0]).toMatchObject({ name: 'one', status: 'SUCCEEDED' });
  });

  it.each(['flush', 'finish'] as const)(
    'is not the end of the run while the stream takes its time: the result is stored by itself (%s)',
    async (slowFrom) => {
      const calls: string[] = [];
      const { runId } = await probe.submit();
      const redis = gate();
      const stream: WorkflowStreamWriter = {
        open: async (epoch) => {
          const writer = await probe.stream.open(epoch);
          let isSlow = slowFrom === 'flush';
          const { flush, finish } = { flush: writer.flush.bind(writer), finish: writer.finish.bind(writer) };
          writer.finish = (events) => {
            isSlow = true;
            return finish(events);
          };
          writer.flush = () => (isSlow ? redis.opened.then(flush) : flush());
          return writer;
        },
        openAndClose: (epoch) => probe.stream.openAndClose(epoch),
      };
      const agent = async (context: AgentContext) => {
        await context.step('one', () => 1);
      };
      const ended = probe.executorOf(agent, { store: recorded(calls), stream }).execute(runId, never());
      await until(async () => (await probe.stepsOf(runId))[0]?.status === 'SUCCEEDED', 'the result is stored');
      expect(calls).toEqual(['startStep', 'completeStep']);
      redis.open();
      expect(await ended).toMatchObject({ status: 'SUCCEEDED' });
      expect(calls).toEqual(['startStep', 'completeStep', 'finishRun']);
    },
  );

  it('is stored with what completes the agent before anything else is: a branch left behind waits', async () => {
    const calls: string[] = [];
    const { runId } = await probe.submit();
    const completing = gate();
    let branch: Promise<unknown> = Promise.resolve();
    const agent = defineAgent('probe', {
      run: async (context) => {
        const one = context.step('one', () => 1);
        branch = Promise.all([one, completing.reached]).then(() => context.step('two', () => 2));
        await one;
      },
      complete: async () => {
        await branch;
        return { title: null, saveRevision: false };
      },
    });
    const store = recorded(calls, async (call) => {
      if (call !== 'beginCompleting') return;
      completing.reach();
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      expect(calls).toEqual(['startStep', 'beginCompleting']);
    });
    const executor = probe.executorWith(new AgentRegistry([agent]), { store });
    expect(await executor.execute(runId, never())).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls).toEqual(['startStep', 'beginCompleting', 'startStep', 'finishRun']);
  });

  it('and cannot be stored: the run is released, so that its attempts are counted', async () => {
    const calls: string[] = [];
    const { runId } = await probe.submit();
    const store = recorded(calls, (call) => {
      if (call === 'completeStep' || call === 'finishRun') throw new Error('invalid input');
    });
    const agent = async (context: AgentContext) => {
      await context.step('one', () => 1);
    };
    const result = await probe.executorOf(agent, { store }).execute(runId, never());
    expect(result).toMatchObject({ kind: 'released' });
    expect((await probe.runOf(runId)).status).toBe('QUEUED');
    expect(calls).toEqual(['startStep', 'finishRun', 'completeStep']);
  });

  it('is stored first when a step beside it waits for it', async () => {
    const calls: string[] = [];
    const { runId } = await probe.submit();
    const agent = async (context: AgentContext) => {
      const first = context.step('first', () => 1);
      await context.step('second', async () => {
        const value = await first;
        calls.push('used');
        return value;
      });
    };
    await probe.executorOf(agent, { store: recorded(calls) }).execute(runId, never());
    const stored = calls.indexOf('completeStep');
    expect(stored).toBeGreaterThan(-1);
    expect(calls.indexOf('used')).toBeGreaterThan(stored);
  });

  it('ends with the attempt when the result cannot be stored', async () => {
    const { result, runId } = await execute(
      async (context) => {
        await context.step('one', () => 1);
        await context.step('two', () => 2).catch(() => undefined);
      },
      (call) => {
        if (call === 'completeAndStartStep') throw new FencedError('Superseded.');
      },
    );
    expect(result).toEqual({ kind: 'fenced' });
    expect((await probe.stepsOf(runId)).map(({ name, status }) => [name, status])).toEqual([['one', 'RUNNING']]);
  });
});
