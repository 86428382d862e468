import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOpenAI } from '@ai-sdk/openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RunId } from '#libs/contracts';
import type { AgentContext, RunExecutorOptions } from '#libs/engine';
import { startSimulator } from '#libs/simulator';
import { never, patientTimeouts } from './probe-runs.ts';
import { scriptedModel } from './scripted-model.ts';
import { type ServerRuns, startServerRuns } from './server-runs.ts';

let probe: ServerRuns;
let mute: Awaited<ReturnType<typeof startMuteServer>>;
let simulator: Awaited<ReturnType<typeof startSimulator>>;

/** Takes requests and answers none. */
async function startMuteServer() {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { baseUrl: `http://127.0.0.1:${port}/v1`, close };
}

beforeAll(async () => {
  probe = await startServerRuns();
  mute = await startMuteServer();
  simulator = await startSimulator({ tokensPerSecond: 0, seed: '1' });
});

afterAll(async () => {
  mute?.close();
  await simulator?.close();
  await probe?.close();
});

const model = (baseURL = simulator.baseUrl) => createOpenAI({ baseURL, apiKey: 'simulator' }).chat('simulator');

async function run(
  prompt: string,
  agent: (context: AgentContext) => Promise<unknown>,
  options: Partial<RunExecutorOptions> = {},
): Promise<RunId> {
  const { runId } = await probe.submit(prompt);
  // What is waited between two tries is no limit of a call.
  const pause = async () => undefined;
  const executor = probe.executorOf(async (context) => void (await agent(context)), { pause, ...options });
  await executor.execute(runId, never());
  return runId;
}

/** How long each try of the run's first step took, and how it ended. */
async function triesOf(runId: RunId) {
  const [step] = await probe.stepsOf(runId);
  const attempts = [...(await probe.reader.stepAttempts(step ? [step.id] : [])).values()].flat();
  return attempts.map(({ startedAt, finishedAt, error, usage }) => ({
    ms: (finishedAt?.getTime() ?? Number.NaN) - startedAt.getTime(),
    code: error?.code,
    usage,
  }));
}

const answer = (context: AgentContext) =>
  context.generate({
    model: model(),
    instructions: 'Answer.',
    messages: [{ role: 'user', content: context.prompt }],
    tools: {},
    maxSteps: 2,
  });

const sentence = (baseUrl: string) => (context: AgentContext) =>
  context.generateText('sentence', {
    model: model(baseUrl),
    instructions: 'Answer.',
    prompt: context.prompt,
    timeoutMs: patientTimeouts.totalMs,
  });

describe('the limits of a model call', () => {
  it('end an answer that drips steadily, but for too long in all', async () => {
    const modelTimeouts = { ...patientTimeouts, totalMs: 500 };
    const runId = await run('[[sim: drip ms=50]] [[sim: text=200 call=1]] hello', answer, { modelTimeouts });
    expect((await probe.runOf(runId)).error?.code).toBe('PROVIDER_TIMEOUT');
    const tries = await triesOf(runId);
    expect(tries.map(({ code }) => code)).toEqual(Array(4).fill('PROVIDER_TIMEOUT'));
    for (const { ms } of tries) expect(ms).toBeGreaterThanOrEqual(modelTimeouts.totalMs - 50);
  });

  it.each([
    ['that never begins', () => mute.baseUrl, { firstChunkMs: 300 }],
    ['that falls silent', () => simulator.baseUrl, { idleMs: 300 }],
  ])('end a single answer %s', async (_what, baseUrl, limits) => {
    // Nothing else could end it before the test is over.
    const options = { modelTimeouts: { ...patientTimeouts, ...limits } };
    const runId = await run('[[sim: silent after=3 times=4]] hello', sentence(baseUrl()), options);
    expect((await probe.runOf(runId)).error?.code).toBe('PROVIDER_TIMEOUT');
    expect(await triesOf(runId)).toHaveLength(4);
  });
});

describe('an answer that reaches the output limit', () => {
  it.each([
    ['of a watched call', answer],
    ['of a single one', (context: AgentContext) => sentence(simulator.baseUrl)(context)],
  ])('fails its run, which keeps what it used (%s)', async (_what, agent) => {
    const runId = await run('[[sim: length]] hello', agent);
    const { error, usage } = await probe.runOf(runId);
    expect(error?.code).toBe('OUTPUT_TOO_LONG');
    expect(usage?.outputTokens).toBeGreaterThan(0);
    expect(await triesOf(runId)).toMatchObject([{ code: 'OUTPUT_TOO_LONG', usage }]);
    expect((await probe.stepsOf(runId))[0]?.usage).toEqual(usage);
  });
});

describe('a structured answer', () => {
  it('may stand in a block of code', async () => {
    let decision: unknown;
    await run('hello', async (context) => {
      decision = await context.generateObject('decision', {
        model: scriptedModel(async function* () {
          yield '\n```json\n{"word":"yes"}\n```\n';
        }),
        instructions: 'Decide.',
        prompt: context.prompt,
        schema: z.object({ word: z.string() }),
        timeoutMs: patientTimeouts.totalMs,
      });
    });
    expect(decision).toEqual({ word: 'yes' });
  });

  it('that never fits its schema ends the run as MODEL_ANSWER_INVALID after its retries', async () => {
    const runId = await run('hello', (context) =>
      context.generateObject('decision', {
        model: model(),
        instructions: 'Decide.',
        prompt: context.prompt,
        schema: z.object({ word: z.string().refine(() => false) }),
        timeoutMs: patientTimeouts.totalMs,
      }),
    );
    expect((await probe.runOf(runId)).error?.code).toBe('MODEL_ANSWER_INVALID');
    const tries = await triesOf(runId);
    expect(tries).toHaveLength(4);
    expect(tries[0]?.usage?.outputTokens).toBeGreaterThan(0);
    expect((await probe.runOf(runId)).usage?.outputTokens).toBe(
      tries.reduce((sum, { usage }) => sum + (usage?.outputTokens ?? 0), 0),
    );
  });
});

describe('a tool', () => {
  it('that throws is told to the model in general words, and to operators with its cause', async () => {
    const thrown = new Error('The key sk-123 was refused.');
    const lines: unknown[] = [];
    const say = (fields: object, message: string) => void lines.push({ ...fields, message });
    const runId = await run(
      'hello',
      (context) =>
        context.generate({
          model: model(),
          instructions: 'Answer.',
          messages: [{ role: 'user', content: context.prompt }],
          tools: {
            lookUp: {
              kind: 'function',
              description: 'Looks something up.',
              inputSchema: z.object({ word: z.string() }),
              execute: () => Promise.reject(thrown),
            },
          },
          maxSteps: 5,
        }),
      { logger: { info: () => undefined, warn: say, error: say } },
    );
    expect((await probe.runOf(runId)).status).toBe('SUCCEEDED');
    const tool = (await probe.stepsOf(runId)).find((step) => step.kind === 'TOOL_CALL');
    expect(tool?.output).toEqual({ ok: false, errorText: 'The tool lookUp gave no result: it failed unexpectedly.' });
    expect(lines).toMatchObject([{ runId, stepId: tool?.id, tool: 'lookUp', err: thrown }]);
  });

  it('that takes too long is told to the model, and its signal fires', async () => {
    const told: unknown[] = [];
    const runId = await run(
      'hello',
      (context) =>
        context.generate({
          model: model(),
          instructions: 'Answer.',
          messages: [{ role: 'user', content: context.prompt }],
          tools: {
            lookUp: {
              kind: 'function',
              description: 'Looks something up.',
              inputSchema: z.object({ word: z.string() }),
              execute: (_input, { signal }) =>
                new Promise(() => signal.addEventListener('abort', () => told.push(signal.reason.name))),
            },
          },
          maxSteps: 5,
        }),
      { toolTimeoutMs: 200 },
    );
    expect((await probe.runOf(runId)).status).toBe('SUCCEEDED');
    const tool = (await probe.stepsOf(runId)).find((step) => step.kind === 'TOOL_CALL');
    expect(tool?.output).toEqual({ ok: false, errorText: 'The tool lookUp gave no result: it took too long.' });
    expect(told).toEqual(['TimeoutError']);
  });
});
