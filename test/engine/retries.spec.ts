import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RunId } from '#libs/contracts';
import { type AgentContext, AttemptStopped, RetryableError, type RunExecutor, timings } from '#libs/engine';
import { until } from '../support/until.ts';
import { memoryRuns } from './probe-runs.ts';
import { scriptedModel } from './scripted-model.ts';

const probe = memoryRuns();

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

describe('a pause between two tries', () => {
  it('goes on where it was when the run is handed back in the middle of it, again and again', async () => {
    const { runId } = await probe.submit();
    const pauseMs = timings.retryAfterMaxMs;
    const pauses: number[] = [];
    let tries = 0;
    const executor = probe.executorOf(
      async (context) => {
        await context.step('limited', () => {
          if (++tries === 1) throw new RetryableError('PROVIDER_RATE_LIMITED', { retryAfterMs: pauseMs });
          return null;
        });
      },
      {
        pause: async (milliseconds, signal) => {
          pauses.push(milliseconds);
          // So long that it does not end by itself while the run is handed back.
          if (milliseconds === pauseMs) await delay(600_000, undefined, { signal });
        },
      },
    );
    const hands = handsOf();
    for (let delivery = 1; delivery <= 2; delivery++) {
      const running = deliver(executor, runId, hands);
      await until(() => pauses.length === delivery, 'the step pauses');
      expect(await statusOf(runId)).toBe('RETRYING');
      hands.back();
      expect(await running).toMatchObject({ kind: 'released' });
    }
    expect(tries).toBe(1);
    probe.clock.advance(pauseMs - 300);
    expect(await deliver(executor, runId, hands)).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(tries).toBe(2);
    expect(pauses).toEqual([pauseMs, pauseMs, 300]);
    expect((await probe.triesOf(runId)).map(({ number, error }) => [number, error?.code])).toEqual([
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
    const model = scriptedModel(
      async function* () {
        yield { toolCallId: 'call', toolName: 'lookUp', input: { word: 'holdfast' } };
      },
      async function* () {
        yield 'Found.';
      },
    );
    const runId = await deliverUntilOver(async (context) => {
      await context.generate({
        model,
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
