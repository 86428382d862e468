import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Choice, randomStream } from '../testing/random-chunks.js';
import { compactChunks } from './chunk-compaction.js';
import { chunksIn, packChunks, segmentOf, unpackChunks } from './packed-chunks.js';
import type { UIMessageChunk } from './stream-events.js';

const streams = fc
  .array(fc.tuple(fc.nat(), fc.nat(), fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 40, size: 'max' })
  .map((choices: Choice[]) => randomStream(choices));

/** Text deltas of one part, each with any code units, empty ones and halves of pairs among them. */
const deltas = fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 20 }).map((texts) => {
  const units = texts.flatMap((text) => (text.length > 1 ? [text.slice(0, 1), text.slice(1)] : [text]));
  return units.map((delta): UIMessageChunk => ({ type: 'text-delta', id: 't', delta }));
});

const cuts = fc.array(fc.nat({ max: 60 }), { maxLength: 6 });

/** The list in segments, cut at these places. */
function cutAt(chunks: readonly UIMessageChunk[], places: readonly number[]): UIMessageChunk[][] {
  const ends = [...places.filter((place) => place < chunks.length), chunks.length].sort((a, b) => a - b);
  return ends.map((end, index) => chunks.slice(index === 0 ? 0 : ends[index - 1], end));
}

describe('packChunks', () => {
  it('gives back the very chunks that it was given, also from JSON', () => {
    fc.assert(
      fc.property(fc.oneof(streams, deltas), (chunks) => {
        const stored = JSON.parse(JSON.stringify(packChunks(chunks)));
        expect(unpackChunks(stored)).toEqual(chunks);
      }),
    );
  });

  it('folds like the whole list, wherever it is cut into segments and whatever was taken back', () => {
    fc.assert(
      fc.property(streams, cuts, (chunks, places) => {
        const segments = cutAt(chunks, places).map(packChunks);
        expect(compactChunks(segments.flatMap((segment) => segment.chunks))).toEqual(compactChunks(chunks));
        expect(segments.flatMap(unpackChunks)).toEqual(chunks);
      }),
    );
  });

  it('stores a text once, with one number for each delta', () => {
    const words = ['It ', 'runs', '.'].map((delta): UIMessageChunk => ({ type: 'text-delta', id: 't', delta }));
    expect(packChunks([{ type: 'text-start', id: 't' }, ...words, { type: 'text-end', id: 't' }])).toEqual({
      chunks: [
        { type: 'text-start', id: 't' },
        { type: 'text-delta', id: 't', delta: 'It runs.' },
        { type: 'text-end', id: 't' },
      ],
      pieces: [null, [3, 4, 1]],
    });
  });

  it('joins nothing that carries more than a delta', () => {
    const metadata = { provider: { signature: 'x' } };
    const chunks: UIMessageChunk[] = [
      { type: 'reasoning-delta', id: 'r', delta: 'a' },
      { type: 'reasoning-delta', id: 'r', delta: 'b', providerMetadata: metadata },
      { type: 'reasoning-delta', id: 'r', delta: 'c' },
    ];
    expect(packChunks(chunks)).toEqual({ chunks, pieces: [] });
  });

  it('keeps chunks whose delta is no text as they are', () => {
    const malformed = [
      { type: 'text-delta', id: 't', text: 'a' },
      { type: 'text-delta', id: 't', delta: 1 },
      { type: 'tool-input-delta', toolCallId: 'c', delta: 'b' },
    ].flatMap((chunk) => [chunk, chunk]) as UIMessageChunk[];
    const packed = packChunks(malformed);
    expect(packed).toEqual({ chunks: malformed, pieces: [] });
    expect(unpackChunks(packed)).toEqual(malformed);
  });

  it('finds the chunks of any range, wherever the message was cut and whatever indexes are missing', () => {
    const ranges = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 30 })), { maxLength: 5 });
    fc.assert(
      fc.property(streams, cuts, ranges, fc.nat({ max: 9 }), (chunks, places, wanted, gap) => {
        let index = 1;
        const numbers: number[] = [];
        const segments = cutAt(chunks, places).flatMap((piece) => {
          const segment = segmentOf(index, piece);
          for (const _chunk of piece) numbers.push(index++);
          index += gap;
          return piece.length === 0 ? [] : [segment];
        });
        const asked = wanted.map(([from, length]) => ({ from, to: from + length }));
        const expected = asked.map(({ from, to }) =>
          chunks.filter((_, at) => (numbers[at] ?? 0) >= from && (numbers[at] ?? 0) < to),
        );
        expect(chunksIn(segments, asked)).toEqual(expected);
      }),
    );
  });

  it('is linear at the largest message', () => {
    const cpuOf = (count: number): number => {
      const chunks = Array.from(
        { length: count },
        (): UIMessageChunk => ({ type: 'text-delta', id: 't', delta: 'word ' }),
      );
      const before = process.cpuUsage();
      expect(unpackChunks(packChunks(chunks))).toHaveLength(count);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    cpuOf(50_000);
    // Each of these deltas takes 50 bytes in the stream, so a run cannot hold more.
    expect(cpuOf(640_000)).toBeLessThan(40 * Math.max(20_000, cpuOf(64_000)));
  });
});
