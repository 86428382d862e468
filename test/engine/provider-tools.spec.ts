import type { ModelMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AgentContext, defineFunctionTool } from '#libs/engine';
import { MessageViews } from './message-views.ts';
import { memoryRuns, never } from './probe-runs.ts';
import { type ModelPart, type ScriptedTry, scriptedModel } from './scripted-model.ts';

/** Tools that a provider runs itself, and chunks that no reader could fold. */
const probe = memoryRuns();

const executed: number[] = [];
const book = defineFunctionTool({
  description: 'Books a seat.',
  inputSchema: z.object({ seat: z.number() }),
  execute: async ({ seat }) => {
    executed.push(seat);
    return { seat };
  },
});

function callOf(toolName: string, toolCallId: string, dynamic = false): ModelPart[] {
  const provider = { providerExecuted: true, ...(dynamic && { dynamic }) };
  return [
    { type: 'tool-input-start', id: toolCallId, toolName, ...provider },
    { type: 'tool-input-delta', id: toolCallId, delta: '{"query":"x"}' },
    { type: 'tool-input-end', id: toolCallId },
    { type: 'tool-call', toolCallId, toolName, input: '{"query":"x"}', ...provider },
  ];
}

const resultOf = (toolName: string, toolCallId: string): ModelPart => ({
  type: 'tool-result',
  toolCallId,
  toolName,
  result: { found: 3 },
});

/** Lets a run answer with these tries. */
async function runWith(...tries: ScriptedTry[]) {
  const started = await probe.submit();
  const views = new MessageViews(probe, started);
  const model = scriptedModel(...tries);
  const messages: ModelMessage[] = [{ role: 'user', content: 'Go.' }];
  const agent = views.recorded(async (context: AgentContext) => {
    await context.generate({ model, instructions: '', messages, tools: { book }, maxSteps: 4 });
  });
  const result = await probe.executorOf(agent).execute(started.runId, never());
  const { error } = await probe.runOf(started.runId);
  return { result, error, views, calls: model.doStreamCalls.length };
}

describe('a tool that the provider runs itself', () => {
  it.each([
    ['web_search', false],
    ['mcp.find', true],
  ])('passes through: %s', async (toolName, dynamic) => {
    const { result, views, calls } = await runWith(async function* () {
      yield* callOf(toolName, 'call_1', dynamic);
      yield resultOf(toolName, 'call_1');
      yield 'Found three.';
    });
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls).toBe(1);
    const message = await views.live();
    expect(message.filter(({ type }) => type !== 'step-start')).toMatchObject([
      { type: 'dynamic-tool', toolName, state: 'output-available', output: { found: 3 }, providerExecuted: true },
      { type: 'text', text: 'Found three.' },
    ]);
    expect(await views.rebuilt()).toEqual(message);
  });

  it('may run beside ours, which alone are executed here, and answer one round late', async () => {
    executed.length = 0;
    const { result, views, calls } = await runWith(
      async function* () {
        yield* callOf('web_search', 'call_1');
        yield { toolCallId: 'call_2', toolName: 'book', input: { seat: 7 } };
      },
      async function* () {
        yield resultOf('web_search', 'call_1');
        yield 'Booked.';
      },
    );
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
    expect([calls, executed]).toEqual([2, [7]]);
    expect((await views.live()).filter((part) => 'toolCallId' in part)).toMatchObject([
      { toolName: 'web_search', state: 'output-available', output: { found: 3 } },
      { type: 'tool-book', state: 'output-available' },
    ]);
    expect(await views.rebuilt()).toEqual(await views.live());
  });

  it('ends the run with a sentence when the provider wants an approval', async () => {
    const { result, error, views, calls } = await runWith(async function* () {
      yield 'May I?';
      yield* callOf('mcp.pay', 'call_1', true);
      yield { type: 'tool-approval-request', approvalId: 'approval_1', toolCallId: 'call_1' };
    });
    expect(result).toMatchObject({ status: 'FAILED' });
    expect(error).toMatchObject({ code: 'APPROVAL_UNSUPPORTED', retryable: false });
    expect(calls).toBe(1);
    expect(JSON.stringify(await views.live())).not.toContain('approval');
  });

  it('that is called as if it were ours is refused, and the model goes on', async () => {
    const { result, calls } = await runWith(
      async function* () {
        yield { toolCallId: 'call_1', toolName: 'local_shell', input: { command: 'ls' } };
      },
      async function* () {
        yield 'Then not.';
      },
    );
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls).toBe(2);
  });
});

describe('a chunk that no reader could fold', () => {
  it('is left out when it comes from a provider, and readers see the rest', async () => {
    const { result, views } = await runWith(async function* () {
      yield resultOf('web_search', 'nobody_called');
      yield 'All the same.';
    });
    expect(result).toMatchObject({ status: 'SUCCEEDED' });
    expect((await views.live()).filter(({ type }) => type === 'text')).toMatchObject([{ text: 'All the same.' }]);
    expect(await views.stored()).toEqual(await views.live());
  });

  it('is left out when it comes from an agent', async () => {
    const started = await probe.submit();
    const views = new MessageViews(probe, started);
    const agent = views.recorded(async (context) => {
      await context.emit('note', [
        { type: 'text-delta', id: 'never-begun', delta: 'x' },
        { type: 'tool-output-available', toolCallId: 'nobody-called', output: 1 },
        { type: 'data-note', data: 'kept' },
      ]);
    });
    expect(await probe.executorOf(agent).execute(started.runId, never())).toMatchObject({ status: 'SUCCEEDED' });
    expect(await views.live()).toMatchObject([{ type: 'data-note', data: 'kept' }]);
    expect(await views.rebuilt()).toEqual(await views.live());
  });
});
