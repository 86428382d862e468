import { createOpenAI } from '@ai-sdk/openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LOCAL_USER_ID, type UIMessageChunk } from '#libs/contracts';
import {
  AgentRegistry,
  AttemptStopped,
  defineAgent,
  FatalError,
  RetryableError,
  type RunExecutorOptions,
  StoreUnavailableError,
  StreamLostError,
  type WorkflowStreamWriter,
} from '#libs/engine';
import { startSimulator } from '#libs/simulator';
import { foldChunks } from '../support/folded-message.ts';
import { until } from '../support/until.ts';
import { gate, never, type ProbeRuns, patientTimeouts, startProbeRuns } from './probe-runs.ts';

let probe: ProbeRuns;
let simulator: Awaited<ReturnType<typeof startSimulator>>;

beforeAll(async () => {
  probe = await startProbeRuns();
  simulator = await startSimulator({ tokensPerSecond: 0, seed: '1' });
});

afterAll(async () => {
  await simulator?.close();
  await probe?.close();
});

/** The same stream, which is gone when the last chunk of the message is to be appended. */
function losingAtTheFinish(stream: WorkflowStreamWriter): WorkflowStreamWriter {
  const lost = Promise.reject(new StreamLostError('The stream is gone.'));
  lost.catch(() => undefined);
  return {
    openEnded: (options) => stream.openEnded(options),
    open: async (options) => {
      const writer = await stream.open(options);
      let isLost = false;
      return {
        cursor: writer.cursor,
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
    const [step] = await probe.stepsOf(runId);
    const attempts = await probe.reader.stepAttempts(step ? [step.id] : []);
    expect([...attempts.values()].flat()).toHaveLength(3);
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
    expect(lines).toMatchObject([{ runId, step: 'shaky', stepAttempt: 1, err: passing }]);
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

  it('tells the end itself when the store went away with the reply to it', async () => {
    const { runId, workflowId } = await probe.submit();
    let calls = 0;
    const leaving = new Proxy(probe.store, {
      get: (store, name) => {
        const member: unknown = Reflect.get(store, name);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          const answer: unknown = await Reflect.apply(member, store, args);
          if (name === 'finishRun' && ++calls === 1) throw new StoreUnavailableError('The reply is lost.');
          return answer;
        };
      },
    });
    const executor = probe.executorOf(async () => undefined, { store: leaving });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(calls).toBe(2);
    expect((await probe.streamed(workflowId)).at(-1)).toMatchObject({ type: 'status', terminal: true });
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

describe('a model call', () => {
  async function generateFor(prompt: string, options: Partial<RunExecutorOptions> = {}) {
    const { runId, workflowId } = await probe.submit(prompt);
    const openai = createOpenAI({ baseURL: simulator.baseUrl, apiKey: 'simulator' });
    const executor = probe.executorOf(async (context) => {
      await context.generate({
        model: openai('simulator'),
        instructions: 'Answer.',
        messages: [{ role: 'user', content: context.prompt }],
        tools: {
          validateGraph: {
            kind: 'function',
            description: 'Checks.',
            inputSchema: z.object({}),
            execute: async () => ({ ok: true, issues: [] }),
          },
        },
        maxSteps: 20,
        providerOptions: { openai: { store: false, forceReasoning: true, reasoningSummary: 'auto' } },
      });
    }, options);
    const result = await executor.execute(runId, never());
    const snapshot = await probe.reader.workflowSnapshot(LOCAL_USER_ID, workflowId);
    const chunks = snapshot?.messages.find((message) => message.role === 'assistant')?.chunks ?? [];
    return { result, run: await probe.runOf(runId), chunks, events: await probe.streamed(workflowId) };
  }

  const marks = (chunks: UIMessageChunk[]) =>
    JSON.stringify(chunks)
      .match(/#\d+/g)
      ?.map((mark) => Number(mark.slice(1))) ?? [];

  it.each(['cut after=40', 'eof after=40', 'error after=40', 'silent after=40'])(
    'that breaks off (%s) is taken back and tried again without stale or doubled text',
    async (fault) => {
      const idleMs = fault.startsWith('silent') ? 1_000 : patientTimeouts.idleMs;
      const options = { modelTimeouts: { ...patientTimeouts, idleMs } };
      const { result, chunks, events } = await generateFor(`[[sim: ${fault}]] [[sim: text=80]] hello`, options);
      expect(result).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
      const all = events.flatMap((event) => (event.type === 'chunks' ? event.chunks : []));
      expect(all.filter((chunk) => chunk.type === 'reset-step')).toHaveLength(1);
      expect(events.filter((event) => event.type === 'attempt-failed')).toMatchObject([{ willRetry: true }]);
      expect(marks(chunks)).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
      const start = chunks.slice(0, 1);
      expect(await foldChunks([...start, ...all])).toEqual(await foldChunks(chunks));
    },
  );

  it.each([
    ['status=429 retry-after=0 times=2', 'SUCCEEDED', undefined],
    ['status=500 times=1', 'SUCCEEDED', undefined],
    ['status=401 times=9', 'FAILED', 'PROVIDER_REJECTED'],
    ['length', 'FAILED', 'OUTPUT_TOO_LONG'],
    ['refuse', 'FAILED', 'MODEL_REFUSED'],
    ['malformed-arguments', 'SUCCEEDED', undefined],
    ['unknown-tool', 'SUCCEEDED', undefined],
  ])('that is answered with %s ends the run as %s', async (fault, status, code) => {
    const { result, run } = await generateFor(`[[sim: ${fault}]] hello`);
    expect(result).toEqual({ kind: 'finished', status });
    expect(run.error?.code).toBe(code);
  });

  it('keeps encrypted reasoning for the model and shows none of it to subscribers', async () => {
    const { run, events, chunks } = await generateFor('hello');
    expect(JSON.stringify([events, chunks])).not.toContain('providerMetadata');
    const outputs = JSON.stringify((await probe.stepsOf(run.id)).map((step) => step.output));
    expect(outputs).toContain('reasoningEncryptedContent');
  });

  it('is closed at the provider when the run is canceled', async () => {
    const { runId, workflowId } = await probe.submit('[[sim: text=2000]] [[sim: tps=20]] something long');
    const openai = createOpenAI({ baseURL: simulator.baseUrl, apiKey: 'simulator' });
    const executor = probe.executorOf(async (context) => {
      await context.generate({
        model: openai('simulator'),
        instructions: 'Answer.',
        messages: [{ role: 'user', content: context.prompt }],
        tools: {},
        maxSteps: 2,
      });
    });
    const running = executor.execute(runId, never());
    await until(
      async () => (await probe.streamed(workflowId)).some((event) => event.type === 'chunks'),
      'the provider answers',
    );
    expect((await probe.cancellation.cancel(LOCAL_USER_ID, runId)).kind).toBe('canceled');
    await executor.recheck(runId);
    expect(await running).toEqual({ kind: 'fenced' });
    await until(
      () => simulator.requests.find(({ prompt }) => prompt === 'something long')?.outcome === 'aborted-by-client',
      'the provider sees the connection close',
    );
  });
});
