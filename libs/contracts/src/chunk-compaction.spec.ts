import { readUIMessageStream, type UIMessage } from 'ai';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Choice, randomStream, streamedError } from '../testing/random-chunks.js';
import { ChunkCompactor, compactChunks } from './chunk-compaction.js';
import type { UIMessageChunk } from './stream-events.js';

/**
 * The AI SDK's own fold, as the reference. Its input is copied because the fold keeps and modifies it. The last chunk makes
 * it emit its final state, because the start of a step alone does not.
 */
async function fold(chunks: readonly UIMessageChunk[]): Promise<UIMessage | undefined> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of [...chunks, { type: 'data-end', data: null } as const]) {
        controller.enqueue(structuredClone(chunk));
      }
      controller.close();
    },
  });
  const failures: Error[] = [];
  const onError = (error: unknown) => {
    if ((error as Error).message !== streamedError) failures.push(error as Error);
  };
  let last: UIMessage | undefined;
  for await (const message of readUIMessageStream({ stream, onError })) last = message;
  if (failures[0]) throw failures[0];
  return last && JSON.parse(JSON.stringify(last));
}

const streams = fc
  .array(fc.tuple(fc.nat(), fc.nat(), fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 30, size: 'max' })
  .map((choices: Choice[]) => randomStream(choices));

/** Number of random streams; `COMPACTION_STREAMS=20000` for a long search. */
const numRuns = Number(process.env.COMPACTION_STREAMS ?? 500);

describe('compactChunks', () => {
  it('folds to the same message as the whole stream, wherever the stream is cut and goes on', {
    timeout: 900_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(streams, async (whole) => {
        const expected = await fold(whole);
        for (let cut = 0; cut <= whole.length; cut++) {
          const rest = whole.slice(cut);
          const compacted = compactChunks(whole.slice(0, cut));
          expect(await fold([...compacted, ...rest]), `cut at ${cut}`).toEqual(expected);
          expect(compactChunks(compacted)).toEqual(compacted);
          const resumed = new ChunkCompactor(compacted);
          resumed.push(rest);
          expect(await fold(resumed.toChunks()), `resumed at ${cut}`).toEqual(expected);
        }
      }),
      { numRuns },
    );
  });

  it('tries every kind of chunk', () => {
    const seen = new Set<string>();
    for (const stream of fc.sample(streams, 500)) for (const { type } of stream) seen.add(type);
    expect([...seen].sort()).toEqual(everyType.toSorted());
  });

  it('keeps the answer to an approval that was asked for before the step that was reset', async () => {
    const before: UIMessageChunk[] = [
      { type: 'start', messageId: 'm' },
      { type: 'start-step' },
      { type: 'tool-input-available', toolCallId: 'c', toolName: 'book', input: {} },
      { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
      { type: 'start-step' },
      { type: 'tool-approval-response', approvalId: 'a', approved: true },
    ];
    const compacted = compactChunks([...before, { type: 'text-start', id: 't' }, { type: 'reset-step' }]);
    expect(compacted).toEqual(before);
    expect((await fold(compacted))?.parts).toMatchObject([
      {},
      { state: 'approval-responded', approval: { approved: true } },
      {},
      {},
    ]);
  });

  it('joins the deltas of a part into one', () => {
    const deltas = Array.from({ length: 1_000 }, (): UIMessageChunk => ({ type: 'text-delta', id: 't', delta: 'x' }));
    const compacted = compactChunks([{ type: 'text-start', id: 't' }, ...deltas, { type: 'text-end', id: 't' }]);
    expect(compacted).toHaveLength(3);
    expect(compacted[1]).toEqual({ type: 'text-delta', id: 't', delta: 'x'.repeat(1_000) });
  });

  it('keeps nothing of a step that was reset', () => {
    const compacted = compactChunks([
      { type: 'start', messageId: 'm' },
      { type: 'start-step' },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'stale' },
      { type: 'reset-step' },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'fresh' },
    ]);
    expect(JSON.stringify(compacted)).not.toContain('stale');
    expect(JSON.stringify(compacted)).toContain('fresh');
  });
});

/** Does not compile when a chunk type of the AI SDK is missing here or an unknown one is added. */
const everyType = Object.keys({
  'text-start': true,
  'text-delta': true,
  'text-end': true,
  'reasoning-start': true,
  'reasoning-delta': true,
  'reasoning-end': true,
  'tool-input-start': true,
  'tool-input-delta': true,
  'tool-input-available': true,
  'tool-input-error': true,
  'tool-approval-request': true,
  'tool-approval-response': true,
  'tool-output-available': true,
  'tool-output-error': true,
  'tool-output-denied': true,
  'source-url': true,
  'source-document': true,
  file: true,
  'reasoning-file': true,
  custom: true,
  'steering-message': true,
  'data-progress': true,
  'message-metadata': true,
  start: true,
  'start-step': true,
  'finish-step': true,
  'reset-step': true,
  finish: true,
  error: true,
  abort: true,
} satisfies Record<Exclude<UIMessageChunk['type'], `data-${string}`> | 'data-progress', true>);
