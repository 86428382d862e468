import { simulateReadableStream } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LOCAL_USER_ID, type RunId } from '#libs/contracts';
import { defineFunctionTool, FatalError } from '#libs/engine';
import { never, type ProbeRuns, startProbeRuns } from './probe-runs.ts';

let probe: ProbeRuns;
beforeAll(async () => {
  probe = await startProbeRuns();
});
afterAll(() => probe?.close());

/** A model that asks for these tools, one answer after the other, and says that it is done when there are no more. */
function modelThatCalls(answers: string[][]): MockLanguageModelV4 {
  let asked = 0;
  return new MockLanguageModelV4({
    doStream: async () => {
      const calls = answers[asked++] ?? [];
      const parts = calls.map((toolName, index) => {
        return { type: 'tool-call' as const, toolCallId: `call-${asked}-${index}`, toolName, input: '{}' };
      });
      const text = [
        { type: 'text-start' as const, id: '0' },
        { type: 'text-delta' as const, id: '0', delta: 'Done.' },
        { type: 'text-end' as const, id: '0' },
      ];
      const reason = calls.length > 0 ? ('tool-calls' as const) : ('stop' as const);
      return {
        stream: simulateReadableStream({
          chunks: [
            ...(calls.length > 0 ? parts : text),
            {
              type: 'finish' as const,
              finishReason: { unified: reason, raw: undefined },
              usage: {
                inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
                outputTokens: { total: 1, text: 1, reasoning: undefined },
              },
            },
          ],
        }),
      };
    },
  });
}

const inputSchema = z.object({});
const base = { instructions: 'Work.', messages: [{ role: 'user' as const, content: 'Go' }] };

async function retry(runId: RunId): Promise<void> {
  expect((await probe.retrying.retry(LOCAL_USER_ID, runId)).kind).toBe('accepted');
}

describe('retrying a run of which several steps failed side by side', () => {
  it('executes all failed tools again at once, and none that succeeded', async () => {
    const { runId } = await probe.submit();
    const executed: string[] = [];
    let broken = true;
    const fragile = (name: string) =>
      defineFunctionTool({
        description: name,
        inputSchema,
        execute: async () => {
          executed.push(name);
          if (broken) throw new FatalError('STEP_FAILED', `${name} is closed.`);
          return { name };
        },
      });
    const slow = defineFunctionTool({
      description: 'Succeeds after the others have failed.',
      inputSchema,
      execute: async () => {
        while ((await probe.stepsOf(runId)).filter((step) => step.status === 'FAILED').length < 2) executed.length;
        executed.push('slow');
        return {};
      },
    });
    const model = modelThatCalls([['first', 'second', 'slow']]);
    const tools = { first: fragile('first'), second: fragile('second'), slow };
    const executor = probe.executorOf(async (context) => {
      await context.generate({ ...base, model, tools, maxSteps: 3 });
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.message).toBe('first is closed.');
    broken = false;
    await retry(runId);
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'SUCCEEDED' });
    expect(executed.toSorted()).toEqual(['first', 'first', 'second', 'second', 'slow']);
  });
});
