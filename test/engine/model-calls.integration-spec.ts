import { createOpenAI } from '@ai-sdk/openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { UIMessageChunk } from '#libs/contracts';
import type { RunExecutorOptions } from '#libs/engine';
import { startSimulator } from '#libs/simulator';
import { foldChunks } from '../support/folded-message.ts';
import { until } from '../support/until.ts';
import { never, patientTimeouts } from './probe-runs.ts';
import { type ServerRuns, startServerRuns } from './server-runs.ts';

let probe: ServerRuns;
let simulator: Awaited<ReturnType<typeof startSimulator>>;

beforeAll(async () => {
  probe = await startServerRuns();
  simulator = await startSimulator({ tokensPerSecond: 0, seed: '1' });
});

afterAll(async () => {
  await simulator?.close();
  await probe?.close();
});

describe('a model call', () => {
  async function generateFor(prompt: string, options: Partial<RunExecutorOptions> = {}) {
    const { runId, workflowId } = await probe.submit(prompt);
    const openai = createOpenAI({ baseURL: simulator.baseUrl, apiKey: 'simulator' });
    const executor = probe.executorOf(
      async (context) => {
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
      },
      // What breaks off is tried again at once.
      { pause: async () => undefined, ...options },
    );
    const result = await executor.execute(runId, never());
    const { chunks } = await probe.workflowOf(workflowId);
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
    await probe.cancel(runId);
    await executor.recheck(runId);
    expect(await running).toEqual({ kind: 'fenced' });
    await until(
      () => simulator.requests.find(({ prompt }) => prompt === 'something long')?.outcome === 'aborted-by-client',
      'the provider sees the connection close',
    );
  });
});
