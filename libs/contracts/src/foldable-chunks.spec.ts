import { readUIMessageStream } from 'ai';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
});

/** A stream from which chunks were lost, and in which some come twice or at another place. */
const damaged = fc
  .tuple(choices, fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('drop', 'repeat', 'move')), { maxLength: 12 }))
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
        const foldable = new FoldableChunks();
        const taken: UIMessageChunk[] = [];
        for (const chunk of chunks) {
          if (foldable.takes(chunk)) taken.push(chunk);
          else if (refused++ < 200) expect(await folds([...taken, chunk])).toBe(false);
        }
        expect(await folds(taken)).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  it('are told in time that grows with their number only', () => {
    const ids = Array.from({ length: 100_000 }, (_, at) => `call_${at}`);
    const foldable = new FoldableChunks();
    for (const toolCallId of ids) {
      foldable.takes({ type: 'start-step' });
      foldable.takes({ type: 'tool-input-available', toolCallId, toolName: '__proto__', input: {} });
    }
    const startedAt = performance.now();
    for (const toolCallId of ids) foldable.takes({ type: 'tool-output-available', toolCallId, output: null });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
