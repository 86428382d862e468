import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compactChunks, type UIMessageChunk } from './contracts.js';
import { joinDeltas, MessageFold } from './message-fold.js';

/** A builder's answer: reasoning, text, a tool call in pieces, a second step, and a step that was tried twice. */
const answer: UIMessageChunk[] = [
  { type: 'start', messageId: 'other' },
  { type: 'start-step' },
  { type: 'reasoning-start', id: 'r1' },
  { type: 'reasoning-delta', id: 'r1', delta: 'Think ' },
  { type: 'reasoning-delta', id: 'r1', delta: 'twice.' },
  { type: 'reasoning-end', id: 'r1' },
  { type: 'text-start', id: 't1' },
  { type: 'text-delta', id: 't1', delta: 'Adding 🧱' },
  { type: 'text-delta', id: 't1', delta: '\n\u0000nodes' },
  { type: 'text-end', id: 't1' },
  { type: 'tool-input-start', toolCallId: 'c1', toolName: 'addNodes' },
  { type: 'tool-input-delta', toolCallId: 'c1', inputTextDelta: '{"nodes":' },
  { type: 'tool-input-delta', toolCallId: 'c1', inputTextDelta: '[1,2]}' },
  { type: 'tool-input-available', toolCallId: 'c1', toolName: 'addNodes', input: { nodes: [1, 2] } },
  { type: 'tool-output-available', toolCallId: 'c1', output: { added: 2 } },
  { type: 'finish-step' },
  { type: 'start-step' },
  { type: 'text-start', id: 't1' },
  { type: 'text-delta', id: 't1', delta: 'lost' },
  { type: 'reset-step' },
  { type: 'text-start', id: 't1' },
  { type: 'text-delta', id: 't1', delta: 'Done.' },
  { type: 'text-end', id: 't1' },
  { type: 'finish-step' },
  { type: 'finish' },
];

const whole = async (chunks: UIMessageChunk[]) => new MessageFold('msg_1', chunks).settle();

afterEach(() => vi.restoreAllMocks());

describe('MessageFold', () => {
  it('gives the same message however the chunks are cut into batches', async () => {
    const expected = await whole(answer);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: answer.length }), { maxLength: 8 }), async (marks) => {
        const cuts = [0, ...marks.sort((a, b) => a - b), answer.length];
        const fold = new MessageFold('msg_1', []);
        let parts: unknown;
        for (let at = 1; at < cuts.length; at++) {
          fold.push(answer.slice(cuts[at - 1], cuts[at]));
          parts = await fold.settle();
        }
        expect(parts).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('goes on from a compacted prefix at every cut', async () => {
    const expected = await whole(answer);
    for (let cut = 0; cut <= answer.length; cut++) {
      const fold = new MessageFold('msg_1', compactChunks(answer.slice(0, cut)));
      fold.push(answer.slice(cut));
      expect(await fold.settle(), `cut at ${cut}`).toEqual(expected);
    }
  });

  it('never doubles text and drops a step that was reset', async () => {
    const parts = await whole(answer);
    const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('|');
    expect(text.replaceAll('|', '')).toBe('Adding 🧱\n\u0000nodesDone.');
  });

  it('leaves the given chunks and every returned state unmodified', async () => {
    const progress: UIMessageChunk[] = ['half', 'whole'].map((data) => ({ type: 'data-progress', id: 'p', data }));
    const frozen = [...answer.slice(0, 8), ...progress, ...answer.slice(8)].map((chunk) => Object.freeze(chunk));
    const fold = new MessageFold('msg_1', frozen.slice(0, 9));
    const early = await fold.settle();
    const copy = structuredClone(early);
    fold.push(frozen.slice(9));
    await fold.settle();
    expect(early).toEqual(copy);
  });

  it('keeps the identity of parts that did not change', async () => {
    const fold = new MessageFold('msg_1', answer.slice(0, 8));
    const before = await fold.settle();
    fold.push(answer.slice(8, 9));
    const after = await fold.settle();
    expect(after[1]).toBe(before[1]);
    expect(after[2]).not.toBe(before[2]);
    expect(await fold.settle()).toBe(after);
  });

  it('rejects a chunk that does not fit what came before it', async () => {
    const fold = new MessageFold('msg_1', []);
    fold.push([{ type: 'text-delta', id: 'nowhere', delta: 'x' }]);
    await expect(fold.settle()).rejects.toThrow();
  });

  it('shows everything of a stored message but what never fitted', async () => {
    const parts = await whole([
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'before' },
      { type: 'tool-output-available', toolCallId: 'nobody-called', output: 1 },
      { type: 'text-delta', id: '0', delta: ' and after' },
      { type: 'text-end', id: '0' },
    ]);
    expect(parts).toMatchObject([{ type: 'text', text: 'before and after' }]);
  });

  it('never copies the message, so that many parts cost no more each than few', async () => {
    const parts = 2_000;
    const clone = vi.spyOn(globalThis, 'structuredClone');
    const chunks = Array.from({ length: parts }, (_, at): UIMessageChunk[] => [
      { type: 'text-start', id: `t${at}` },
      { type: 'text-delta', id: `t${at}`, delta: 'x' },
      { type: 'text-end', id: `t${at}` },
    ]).flat();
    expect(await whole(chunks)).toHaveLength(parts);
    expect(clone).toHaveBeenCalledTimes(chunks.length);
    expect(clone.mock.calls.filter(([copied]) => 'parts' in (copied as object))).toEqual([]);
  });

  it('shows a step as soon as it starts', async () => {
    expect(await whole([{ type: 'start-step' }])).toEqual([{ type: 'step-start' }]);
  });

  it('keeps data parts as they are now, and none that are only passing', async () => {
    const parts = await whole([
      { type: 'data-progress', id: 'p', data: 'half' },
      { type: 'data-note', data: { words: 'one of a kind' } },
      { type: 'data-progress', id: 'p', data: 'whole' },
      { type: 'data-hint', data: 'gone in a moment', transient: true },
    ]);
    expect(parts).toEqual([
      { type: 'data-progress', id: 'p', data: 'whole' },
      { type: 'data-note', data: { words: 'one of a kind' } },
    ]);
  });

  it('goes on after an error chunk', async () => {
    const parts = await whole([{ type: 'error', errorText: 'a tool failed' }, ...answer]);
    expect(parts).toEqual(await whole(answer));
  });
});

describe('joinDeltas', () => {
  it('joins neighbouring deltas of one part only', () => {
    const joined = joinDeltas([
      { type: 'text-delta', id: 'a', delta: '1' },
      { type: 'text-delta', id: 'a', delta: '2' },
      { type: 'text-delta', id: 'b', delta: '3' },
      { type: 'reasoning-delta', id: 'b', delta: '4' },
    ]);
    expect(joined.map((chunk) => ('delta' in chunk ? chunk.delta : ''))).toEqual(['12', '3', '4']);
  });
});
