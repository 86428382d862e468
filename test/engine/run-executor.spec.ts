import { describe, expect, it } from 'vitest';
import {
  AgentRegistry,
  AttemptStopped,
  defineAgent,
  FatalError,
  RetryableError,
  StreamLostError,
  type WorkflowStreamWriter,
} from '#libs/engine';
import { gate, memoryRuns, never } from './probe-runs.ts';

const probe = memoryRuns();

/** The same stream, which is gone when the last chunk of the message is to be appended. */
function losingAtTheFinish(stream: WorkflowStreamWriter): WorkflowStreamWriter {
  const lost = Promise.reject(new StreamLostError('The stream is gone.'));
  lost.catch(() => undefined);
  return {
    openAndClose: (options) => stream.openAndClose(options),
    open: async (options) => {
      const writer = await stream.open(options);
      let isLost = false;
      return {
        cursor: writer.cursor,
        nextIndex: writer.nextIndex,
        append: (events) => writer.append(events),
        finish: () => {
          isLost = true;
          return lost;
        },
        flush: () => (isLost ? lost : writer.flush()),
        close: (events) => writer.close(events),
      };
    },
  };
}

describe('a step', () => {
  it('that is stored is never executed again by a later attempt', async () => {
    const { runId } = await probe.submit();
    const executed: string[] = [];
    let stopAfterFirst = true;
    const stop = new AbortController();
    const executor = probe.executorOf(async (context) => {
      const first = await context.step('first', () => {
        executed.push('first');
        return { value: executed.length };
      });
      if (stopAfterFirst) stop.abort(new AttemptStopped());
      await context.step('second', ({ signal }) => {
        signal.throwIfAborted();
        executed.push('second');
        return first.value;
      });
    });
    expect(await executor.execute(runId, stop.signal)).toMatchObject({ kind: 'released' });
    expect((await probe.runOf(runId)).status).toBe('QUEUED');
    stopAfterFirst = false;
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(executed).toEqual(['first', 'second']);
    expect((await probe.stepsOf(runId)).find((step) => step.name === 'second')?.output).toBe(1);
  });

  it('that fails retryably is tried again, and subscribers are told', async () => {
    const { runId, workflowId } = await probe.submit();
    let tries = 0;
    const executor = probe.executorOf(async (context) => {
      await context.step('shaky', () => {
        if (++tries < 3) throw new RetryableError('STEP_FAILED', { message: 'Not yet.', retryAfterMs: 5 });
        return tries;
      });
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    const failures = (await probe.streamed(workflowId)).filter((event) => event.type === 'attempt-failed');
    expect(failures).toMatchObject([
      { attempt: 1, message: 'Not yet.', willRetry: true },
      { attempt: 2, message: 'Not yet.', willRetry: true },
    ]);
    expect(await probe.triesOf(runId)).toHaveLength(3);
  });

  it('that fails for good ends the run with its sentence', async () => {
    const { runId, workflowId } = await probe.submit();
    let tries = 0;
    const executor = probe.executorOf(async (context) => {
      await context.step('broken', () => {
        tries++;
        throw new FatalError('STEP_FAILED', 'The warehouse is closed.');
      });
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect(tries).toBe(1);
    expect((await probe.runOf(runId)).error).toEqual({
      code: 'STEP_FAILED',
      message: 'The warehouse is closed.',
      retryable: true,
    });
    const terminal = (await probe.streamed(workflowId)).filter((event) => event.type === 'status' && event.terminal);
    expect(terminal).toMatchObject([{ runStatus: 'FAILED', status: 'FAILED' }]);
  });

  it('with an error of unknown kind is tried again, and operators are told the cause', async () => {
    const { runId } = await probe.submit();
    const passing = new Error('A passing one.');
    const lines: unknown[] = [];
    const say = (fields: object) => void lines.push(fields);
    let tries = 0;
    const executor = probe.executorOf(
      async (context) => {
        await context.step('shaky', () => {
          if (++tries === 1) throw passing;
          return null;
        });
      },
      { logger: { info: () => undefined, warn: say, error: say } },
    );
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(tries).toBe(2);
    expect(lines).toMatchObject([{ runId, step: 'shaky', tryNumber: 1, err: passing }]);
  });

  it('with an error of unknown kind fails after three more tries and tells nothing of it', async () => {
    const { runId } = await probe.submit();
    let tries = 0;
    const executor = probe.executorOf(async (context) => {
      await context.step('broken', () => {
        tries++;
        throw new Error('password=hunter2 at postgres://internal');
      });
    });
    await executor.execute(runId, never());
    expect(tries).toBe(4);
    expect((await probe.runOf(runId)).error?.code).toBe('INTERNAL');
    expect(JSON.stringify([await probe.runOf(runId), await probe.stepsOf(runId)])).not.toContain('hunter2');
  });

  it('that the store refuses ends the run at once, also when the agent catches everything', async () => {
    const { runId } = await probe.submit();
    const refusing = new Proxy(probe.store, {
      get: (store, name) =>
        name === 'startStep' ? () => Promise.reject(new TypeError('a bug')) : Reflect.get(store, name).bind(store),
    });
    const agents = new AgentRegistry([
      defineAgent('probe', {
        run: async (context) => {
          await context.step('any', () => null).catch(() => undefined);
        },
      }),
    ]);
    const executor = probe.executorWith(agents, { store: refusing });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.code).toBe('INTERNAL');
  });

  it('that history does not hold ends a replay as NON_DETERMINISTIC, naming both', async () => {
    const { runId } = await probe.submit();
    const stop = new AbortController();
    const before = probe.executorOf(async (context) => {
      await context.step('fetch', () => 1);
      stop.abort(new AttemptStopped());
      await context.step('later', () => 2);
    });
    expect(await before.execute(runId, stop.signal)).toMatchObject({ kind: 'released' });
    let executed = false;
    const after = probe.executorOf(async (context) => {
      await context.step('download', () => {
        executed = true;
        return 1;
      });
    });
    expect(await after.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    const { error } = await probe.runOf(runId);
    expect(error?.code).toBe('NON_DETERMINISTIC');
    expect(error?.message).toContain('download');
    expect(error?.message).toContain('fetch');
    expect(executed).toBe(false);
  });
});

describe('an attempt', () => {
  it('that lost its claim writes nothing more', async () => {
    const { runId, workflowId } = await probe.submit();
    const hold = gate();
    let slow = true;
    const executor = probe.executorOf(async (context) => {
      const mine = slow ? 'old' : 'new';
      slow = false;
      await context.step('contested', async () => {
        if (mine === 'old') {
          hold.reach();
          await hold.opened;
        }
        return mine;
      });
    });
    const old = executor.execute(runId, never());
    await hold.reached;
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    hold.open();
    expect(await old).toEqual({ kind: 'fenced' });
    expect((await probe.stepsOf(runId)).map((step) => step.output)).toEqual(['new']);
    const terminal = (await probe.streamed(workflowId)).filter((event) => event.type === 'status' && event.terminal);
    expect(terminal).toHaveLength(1);
  });

  it('three times in a row without progress fails the run', async () => {
    const { runId } = await probe.submit();
    const { store } = probe;
    for (let lost = 0; lost < 3; lost++) expect((await store.claimRun(runId)).kind).toBe('claimed');
    const executor = probe.executorOf(async () => undefined);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.code).toBe('ATTEMPTS_EXHAUSTED');
  });

  it('whose stream is lost while it ends hands the run back', async () => {
    const { runId } = await probe.submit();
    const told: string[] = [];
    const say = (_fields: object, text: string) => void told.push(text);
    const losing = probe.executorOf(async () => undefined, {
      stream: losingAtTheFinish(probe.stream),
      logger: { info: say, warn: say, error: say },
    });
    expect(await losing.execute(runId, never())).toMatchObject({ kind: 'released' });
    expect(told.at(-1)).toBe('run handed back');
    expect((await probe.runOf(runId)).status).toBe('QUEUED');
  });

  it('of an agent that is not installed fails the run', async () => {
    const { runId } = await probe.submit();
    const executor = probe.executorWith(new AgentRegistry([]));
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.code).toBe('UNKNOWN_AGENT');
  });

  it('at a run that is over does nothing', async () => {
    const { runId } = await probe.submit();
    const executor = probe.executorOf(async () => undefined);
    await executor.execute(runId, never());
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: null });
  });
});
