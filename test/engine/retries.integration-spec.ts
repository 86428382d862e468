import { createOpenAI } from '@ai-sdk/openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RunId } from '#libs/contracts';
import { type AgentContext, AttemptStopped, RetryableError, type RunExecutor, timings } from '#libs/engine';
import { startSimulator } from '#libs/simulator';
import { until } from '../support/until.ts';
import { type ProbeRuns, startProbeRuns } from './probe-runs.ts';

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

interface Hands {
  /** Hands the run back. */
  back(): void;
}

const handsOf = (): Hands => ({ back: () => undefined });

/** One delivery of a run, which is handed back whenever the agent asks for it. */
async function deliver(executor: RunExecutor, runId: RunId, hands: Hands) {
  const stop = new AbortController();
  hands.back = () => stop.abort(new AttemptStopped());
  return executor.execute(runId, stop.signal);
}

const statusOf = async (runId: RunId) => (await probe.stepsOf(runId))[0]?.status;

/** The tries of the run's first step. */
async function triesOf(runId: RunId) {
  const [step] = await probe.stepsOf(runId);
  return [...(await probe.reader.stepAttempts(step ? [step.id] : [])).values()].flat();
}

describe('a pause between two tries', () => {
  it('goes on where it was when the run is handed back in the middle of it, again and again', async () => {
    const { runId } = await probe.submit();
    // So long that it does not end by itself while the run is handed back.
    const pauseMs = timings.retryAfterMaxMs;
    const triedAt: number[] = [];
    const executor = probe.executorOf(async (context) => {
      await context.step('limited', () => {
        triedAt.push(Date.now());
        if (triedAt.length === 1) throw new RetryableError('PROVIDER_RATE_LIMITED', { retryAfterMs: pauseMs });
        return null;
      });
    });
    const hands = handsOf();
    const ends = new Set<number | undefined>();
    for (let delivery = 1; delivery <= 2; delivery++) {
      const running = deliver(executor, runId, hands);
      await until(async () => (await statusOf(runId)) === 'RETRYING', 'the step pauses');
      hands.back();
      expect(await running).toMatchObject({ kind: 'released' });
      ends.add((await triesOf(runId)).at(-1)?.nextRetryAt?.getTime());
    }
    const [first = 0] = triedAt;
    expect(triedAt).toHaveLength(1);
    expect(ends.size).toBe(1);
    expect([...ends][0]).toBeGreaterThanOrEqual(first + pauseMs);

    const soon = Date.now() + 300;
    await probe.dataSource.query(
      'UPDATE step_attempts SET next_retry_at = $1 WHERE step_id IN (SELECT id FROM steps WHERE run_id = $2)',
      [new Date(soon), runId],
    );
    expect(await deliver(executor, runId, hands)).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(triedAt).toHaveLength(2);
    expect(triedAt[1]).toBeGreaterThanOrEqual(soon);
    expect((await triesOf(runId)).map(({ number, error }) => [number, error?.code])).toEqual([
      [1, 'PROVIDER_RATE_LIMITED'],
      [2, undefined],
    ]);
  });
});

describe('handing a run back', () => {
  const HAND_BACKS = 5;

  /** What the first tries do: lose their worker, then fail three times as retryable errors do. */
  function unlucky(hands: Hands) {
    let tries = 0;
    return {
      tries: () => tries,
      attempt: async (signal: AbortSignal): Promise<null> => {
        tries++;
        if (tries <= HAND_BACKS) {
          hands.back();
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        }
        if (tries <= HAND_BACKS + 3) throw new RetryableError('STEP_FAILED', { message: 'Away.', retryAfterMs: 1 });
        return null;
      },
    };
  }

  async function deliverUntilOver(run: (context: AgentContext) => Promise<void>, hands: Hands) {
    const { runId } = await probe.submit();
    const executor = probe.executorOf(run);
    for (let delivery = 1; delivery <= HAND_BACKS; delivery++) {
      expect(await deliver(executor, runId, hands)).toMatchObject({ kind: 'released' });
    }
    expect(await deliver(executor, runId, hands)).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    return runId;
  }

  it('uses up no retries of a step', async () => {
    const hands = handsOf();
    const luck = unlucky(hands);
    await deliverUntilOver(async (context) => {
      await context.step('unlucky', ({ signal }) => luck.attempt(signal));
    }, hands);
    expect(luck.tries()).toBe(HAND_BACKS + 4);
  });

  it('uses up no retries of a tool', async () => {
    const hands = handsOf();
    const luck = unlucky(hands);
    const openai = createOpenAI({ baseURL: simulator.baseUrl, apiKey: 'simulator' });
    const runId = await deliverUntilOver(async (context) => {
      await context.generate({
        model: openai.chat('simulator'),
        instructions: 'Answer.',
        messages: [{ role: 'user', content: context.prompt }],
        tools: {
          lookUp: {
            kind: 'function',
            description: 'Looks something up.',
            inputSchema: z.object({ word: z.string() }),
            execute: (_input, { signal }) => luck.attempt(signal),
          },
        },
        maxSteps: 20,
      });
    }, hands);
    const tool = (await probe.stepsOf(runId)).find((step) => step.kind === 'TOOL_CALL');
    expect(tool?.output).toEqual({ ok: true, value: null });
    expect(luck.tries()).toBe(HAND_BACKS + 4);
  });
});
