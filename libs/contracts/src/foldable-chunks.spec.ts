import { readUIMessageStream } from 'ai';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuMsOf } from '../../../test/support/cpu-time.js';
import { type Choice, randomStream } from '../testing/random-chunks.js';
import { FoldableChunks } from './foldable-chunks.js';
import type { UIMessageChunk } from './stream-events.js';

/** Whether the AI SDK folds the whole list. */
async function folds(chunks: readonly UIMessageChunk[]): Promise<boolean> {
  let thrown = false;
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of structuredClone(chunks)) if (chunk.type !== 'error') controller.enqueue(chunk);
      controller.close();
    },
  });
  const states = readUIMessageStream({
    stream,
    onError: () => {
      thrown = true;
    },
  });
  for await (const _state of states);
  return !thrown;
}

const choices: fc.Arbitrary<Choice[]> = fc.array(fc.tuple(fc.nat(40), fc.nat(20), fc.string({ maxLength: 4 })), {
  maxLength: 40,
  size: 'max',
});

/** A stream from which chunks were lost, and in which some are repeated or moved. */
const damaged = fc
  .tuple(
    choices,
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('drop', 'repeat', 'move')), { maxLength: 12, size: 'max' }),
  )
  .map(([given, damages]) => {
    const chunks = randomStream(given);
    for (const [from, to, what] of damages) {
      const at = 1 + (from % Math.max(1, chunks.length - 1));
      const chunk = chunks[at];
      if (chunk === undefined) continue;
      if (what !== 'repeat') chunks.splice(at, 1);
      if (what !== 'drop') chunks.splice(1 + (to % Math.max(1, chunks.length)), 0, chunk);
    }
    return chunks;
  });

/** Chunks of tool calls in any order, with few ids, so that calls and approvals often share one. */
const toolChunks: fc.Arbitrary<UIMessageChunk[]> = fc.array(
  fc.tuple(fc.nat(12), fc.nat(1), fc.boolean(), fc.nat(2)).map(([kind, call, dynamic, approval]): UIMessageChunk => {
    const toolCallId = `call-${call}`;
    const made = { toolCallId, toolName: 'look', dynamic };
    const approvalId = `approval-${approval}`;
    const kinds: UIMessageChunk[] = [
      { type: 'start-step' },
      { type: 'reset-step' },
      { type: 'tool-input-start', ...made },
      { type: 'tool-input-delta', toolCallId, inputTextDelta: '1' },
      { type: 'tool-input-available', ...made, input: {} },
      { type: 'tool-input-error', ...made, input: {}, errorText: 'No.' },
      { type: 'tool-output-available', toolCallId, output: null },
    ];
    const request: UIMessageChunk = { type: 'tool-approval-request', toolCallId, approvalId };
    const response: UIMessageChunk = { type: 'tool-approval-response', approvalId, approved: true };
    return kinds[kind] ?? (kind % 2 ? request : response);
  }),
  { maxLength: 30, size: 'max' },
);

/** Checks that the AI SDK folds the accepted chunks and refuses each of the others. Returns how many were refused. */
async function expectAsFolded(chunks: readonly UIMessageChunk[], refusedAtMost: number): Promise<number> {
  const foldable = new FoldableChunks();
  const taken: UIMessageChunk[] = [];
  let refused = 0;
  for (const chunk of chunks) {
    if (foldable.takes(chunk)) taken.push(chunk);
    else if (refused < refusedAtMost) {
      refused += 1;
      expect(await folds([...taken, chunk])).toBe(false);
    }
  }
  expect(await folds(taken)).toBe(true);
  return refused;
}

describe('the chunks that can be folded', () => {
  it('are all of a stream that is whole', () => {
    fc.assert(
      fc.property(choices, (given) => {
        const foldable = new FoldableChunks();
        expect(randomStream(given).every((chunk) => foldable.takes(chunk))).toBe(true);
      }),
    );
  });

  it('are those that the AI SDK folds, and no other, whatever was lost, doubled or moved', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(damaged, async (chunks) => {
        refused += await expectAsFolded(chunks, 200 - refused);
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  it('are those that the AI SDK folds where calls and approvals come back in later steps', async () => {
    await fc.assert(
      fc.asyncProperty(toolChunks, async (chunks) => {
        await expectAsFolded(chunks, 3);
      }),
      { numRuns: 500 },
    );
  });

  it('are told in time that grows with their number only', () => {
    const ids = Array.from({ length: 100_000 }, (_, at) => `call_${at}`);
    const foldable = new FoldableChunks();
    for (const toolCallId of ids) {
      foldable.takes({ type: 'start-step' });
      foldable.takes({ type: 'tool-input-available', toolCallId, toolName: '__proto__', input: {} });
    }
    const ms = cpuMsOf(() => {
      for (const toolCallId of ids) foldable.takes({ type: 'tool-output-available', toolCallId, output: null });
    });
    expect(ms).toBeLessThan(2_000);
  });
});
