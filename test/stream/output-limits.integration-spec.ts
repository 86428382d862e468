import { simulateReadableStream } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closingOfParts, isTerminalEvent, limits, type WorkflowId } from '#libs/contracts';
import type { ClaimedRun } from '#libs/engine';
import { never } from '../engine/probe-runs.ts';
import { type ServerRuns, startServerRuns } from '../engine/server-runs.ts';

let probe: ServerRuns;

beforeAll(async () => {
  probe = await startServerRuns();
});

afterAll(() => probe?.close());

async function endsOf(workflowId: WorkflowId) {
  return (await probe.streamed(workflowId)).filter(isTerminalEvent);
}

/** A model that answers with deltas of this size. */
function modelOf(deltaBytes: number, deltas: number) {
  const delta = 'x'.repeat(deltaBytes);
  return new MockLanguageModelV4({
    doStream: async () => ({
      stream: simulateReadableStream({
        chunks: [
          { type: 'stream-start' as const, warnings: [] },
          { type: 'text-start' as const, id: '0' },
          ...Array.from({ length: deltas }, () => ({ type: 'text-delta' as const, id: '0', delta })),
          { type: 'text-end' as const, id: '0' },
        ],
      }),
    }),
  });
}

describe('an answer without end', () => {
  it.each([
    ['one chunk larger than a chunk may be', limits.chunkBytes, 1],
    ['a step larger than a step may be', limits.chunkBytes / 2, 2 * (limits.stepBytes / limits.chunkBytes) + 1],
  ])('ends the run as OUTPUT_LIMIT, at once and once: %s', async (_what, deltaBytes, deltas) => {
    const model = modelOf(deltaBytes, deltas);
    const { runId, workflowId } = await probe.submit();
    const executor = probe.executorOf(async (context) => {
      const messages = [{ role: 'user' as const, content: 'Go on for ever.' }];
      await context.generate({ model, instructions: '', messages, tools: {}, maxSteps: 1 });
    });
    await executor.execute(runId, never());
    expect(await probe.runOf(runId)).toMatchObject({ status: 'FAILED', error: { code: 'OUTPUT_LIMIT' } });
    expect(await endsOf(workflowId)).toMatchObject([{ runStatus: 'FAILED', error: { code: 'OUTPUT_LIMIT' } }]);
    expect(model.doStreamCalls).toHaveLength(1);
  });
});

/** Lets an attempt write this much, rounded up to whole chunks, before it is lost. */
async function fill({ claim, ends }: ClaimedRun, bytes: number): Promise<void> {
  const { runId, workflowId, messageId, epoch } = claim;
  const writer = await probe.stream.open({ workflowId, epoch, reason: 'RUN_STARTED', ends });
  const chunk = { type: 'text-delta' as const, id: '0', delta: 'x'.repeat(limits.chunkBytes - 100) };
  for (let left = bytes; left > 0; left -= limits.chunkBytes) {
    await writer.append([{ type: 'chunks', messageId, runId, chunks: [chunk] }]);
  }
}

describe('attempts without end', () => {
  it('end the run as OUTPUT_LIMIT when all of them together wrote what a run may write', async () => {
    const { runId, workflowId } = await probe.submit();
    const lost = await probe.store.claimRun(runId);
    if (lost.kind !== 'claimed') throw new Error(lost.kind);
    await fill(lost.run, limits.runBytes);
    const executor = probe.executorOf(async (context) => {
      await context.step('say', async () => null);
    });
    await executor.execute(runId, never());
    expect(await probe.runOf(runId)).toMatchObject({ status: 'FAILED', error: { code: 'OUTPUT_LIMIT' } });
    expect(await endsOf(workflowId)).toMatchObject([{ runStatus: 'FAILED', error: { code: 'OUTPUT_LIMIT' } }]);
  });

  it('close what the last of them had begun to say', async () => {
    const { runId, workflowId } = await probe.submit();
    const lost = await probe.store.claimRun(runId);
    if (lost.kind !== 'claimed') throw new Error(lost.kind);
    await fill(lost.run, limits.runBytes - limits.chunkBytes);
    const model = modelOf(limits.chunkBytes / 4, 5);
    const executor = probe.executorOf(async (context) => {
      const messages = [{ role: 'user' as const, content: 'Go on.' }];
      await context.generate({ model, instructions: '', messages, tools: {}, maxSteps: 1 });
    });
    await executor.execute(runId, never());
    expect(await probe.runOf(runId)).toMatchObject({ status: 'FAILED', error: { code: 'OUTPUT_LIMIT' } });
    const { chunks: stored } = await probe.workflowOf(workflowId);
    expect(stored.map(({ type }) => type)).toContain('text-delta');
    expect(closingOfParts(stored)).toEqual([]);
    expect(stored.at(-1)).toEqual({ type: 'finish', finishReason: 'error' });
    const streamed = (await probe.streamed(workflowId)).flatMap((event) =>
      event.type === 'chunks' ? event.chunks : [],
    );
    expect(streamed.at(-1)).toEqual(stored.at(-1));
    expect(await endsOf(workflowId)).toMatchObject([{ runStatus: 'FAILED', error: { code: 'OUTPUT_LIMIT' } }]);
  });
});
