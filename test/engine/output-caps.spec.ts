import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type JsonValue, limits, type UIMessageChunk } from '#libs/contracts';
import { type AgentContext, type AgentTool, defineFunctionTool, defineGraphEditTool } from '#libs/engine';
import { answeringModel } from '#libs/engine/testing';
import { emptyPatch } from '#libs/graph';
import { memoryRuns, never } from './probe-runs.ts';

const probe = memoryRuns();

const tooLong = 'x'.repeat(limits.chunkBytes);
const emit = (data: JsonValue) => (context: AgentContext) =>
  context.emit('large', [{ type: 'data-large', data } as UIMessageChunk]);

const generate = (tool: AgentTool<unknown>) => async (context: AgentContext) => {
  const messages = [{ role: 'user' as const, content: 'Go on.' }];
  const model = answeringModel({ call: 'large' });
  await context.generate({ model, instructions: '', messages, tools: { large: tool }, maxSteps: 2 });
};
const inputSchema = z.unknown();
const functionTool = (output: JsonValue) =>
  defineFunctionTool({ description: '', inputSchema, execute: async () => output });
const graphTool = (output: JsonValue) =>
  defineGraphEditTool({
    description: '',
    inputSchema,
    edit: (_input, graph) => ({
      graph: { ...graph, nodes: [] },
      patch: { ...emptyPatch(), removeNodeIds: ['gone'] },
      issues: [],
      output,
    }),
  });

describe('a result that subscribers could not be sent', () => {
  it.each<[string, (context: AgentContext) => Promise<void>]>([
    ['an emitted part', emit(tooLong)],
    ['the output of a tool', generate(functionTool(tooLong))],
    ['the output of a graph edit', generate(graphTool(tooLong))],
  ])('is not stored, and a retry does not get past it: %s', async (_what, run) => {
    const { runId, workflowId } = await probe.submit();
    const executor = probe.executorOf(run);
    for (let round = 1; round <= 2; round++) {
      expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
      expect((await probe.runOf(runId)).error?.code).toBe('OUTPUT_LIMIT');
      const large = (await probe.stepsOf(runId)).filter((step) => step.name === 'large');
      expect(large.map((step) => step.status)).toEqual(['FAILED']);
      expect((await probe.workflowOf(workflowId)).graphRevision).toBe(0);
      if (round === 1) await probe.retry(runId);
    }
  });

  it('is not stored when it is larger than a step may store, although nobody is sent it', async () => {
    const { runId } = await probe.submit();
    const executor = probe.executorOf(async (context) => {
      await context.step('large', () => 'x'.repeat(limits.stepBytes));
    });
    expect(await executor.execute(runId, never())).toEqual({ kind: 'finished', status: 'FAILED' });
    expect((await probe.runOf(runId)).error?.code).toBe('OUTPUT_LIMIT');
    expect((await probe.stepsOf(runId)).map((step) => step.status)).toEqual(['FAILED']);
  });

  it('begins where a chunk reaches its cap, counted in bytes', async () => {
    const rest = Buffer.byteLength(JSON.stringify({ type: 'data-large', data: '' }));
    const fitting = 'é'.repeat((limits.chunkBytes - rest) / 2);
    const { runId, workflowId } = await probe.submit();
    expect(await probe.executorOf(emit(fitting)).execute(runId, never())).toEqual({
      kind: 'finished',
      status: 'SUCCEEDED',
    });
    const sent = (await probe.streamed(workflowId)).flatMap((event) => (event.type === 'chunks' ? event.chunks : []));
    expect(sent.find((chunk) => chunk.type === 'data-large')).toMatchObject({ data: fitting });
    const other = await probe.submit();
    await probe.executorOf(emit(`${fitting}é`)).execute(other.runId, never());
    expect((await probe.runOf(other.runId)).error?.code).toBe('OUTPUT_LIMIT');
  });
});
