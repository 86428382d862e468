import { isStepCount, streamText, tool, toUIMessageStream } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { UIMessageChunk } from '#libs/contracts';
import { answerListener } from './answer-listener.js';
import { callModel, type ModelCallResult } from './model-call.js';
import { defineFunctionTool } from './tool.js';

type AnswerStream = Awaited<ReturnType<MockLanguageModelV4['doStream']>>['stream'];
type Part = AnswerStream extends ReadableStream<infer P> ? P : never;

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const ended: Part = { type: 'finish', finishReason: { unified: 'tool-calls', raw: undefined }, usage };
const inputSchema = z.object({ seat: z.number() });
const description = 'Books a seat.';
const messages = [{ role: 'user' as const, content: 'Go.' }];
const signed = { lab: { signature: 's' } };

const whole: Part[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'response-metadata', id: 'r', modelId: 'm', timestamp: new Date(0) },
  { type: 'reasoning-start', id: '0' },
  { type: 'reasoning-delta', id: '0', delta: 'Let ' },
  { type: 'reasoning-delta', id: '0', delta: 'me see' },
  { type: 'reasoning-delta', id: '0', delta: '', providerMetadata: signed },
  { type: 'reasoning-end', id: '0' },
  { type: 'text-start', id: '0' },
  { type: 'text-delta', id: '0', delta: 'One' },
  { type: 'tool-input-start', id: 'a', toolName: 'book' },
  { type: 'tool-input-delta', id: 'a', delta: '{"seat"' },
  { type: 'tool-input-delta', id: 'a', delta: ':1}' },
  { type: 'tool-input-end', id: 'a' },
  { type: 'tool-call', toolCallId: 'a', toolName: 'book', input: '{"seat":1}' },
  { type: 'text-delta', id: '0', delta: ' and two' },
  { type: 'tool-call', toolCallId: 'b', toolName: 'rocket', input: '{}' },
  { type: 'text-end', id: '0', providerMetadata: signed },
  { type: 'tool-call', toolCallId: 'c', toolName: 'search', input: '{}', providerExecuted: true, dynamic: true },
  { type: 'text-start', id: '1' },
  { type: 'text-delta', id: '1', delta: 'Found' },
  { type: 'tool-result', toolCallId: 'c', toolName: 'search', result: { found: 3 }, dynamic: true },
  { type: 'file', mediaType: 'text/plain', data: { type: 'data', data: 'aGk=' } },
  { type: 'text-delta', id: '1', delta: ' it' },
  { type: 'text-end', id: '1' },
  ended,
];

function modelOf(parts: Iterable<Part> | AsyncIterable<Part>): MockLanguageModelV4 {
  return new MockLanguageModelV4({ doStream: async () => ({ stream: ReadableStream.from(parts) as AnswerStream }) });
}

function call(model: MockLanguageModelV4, onChunk: (chunk: UIMessageChunk) => void): Promise<ModelCallResult> {
  const book = defineFunctionTool({ description, inputSchema, execute: async ({ seat }) => ({ seat }) });
  const timeouts = { totalMs: 60_000, firstChunkMs: 60_000, idleMs: 60_000 };
  const { signal } = new AbortController();
  return callModel({ model, instructions: '', messages, tools: { book }, timeouts, signal, onChunk });
}

async function shownOf(parts: Part[]): Promise<{ chunks: UIMessageChunk[]; result: ModelCallResult }> {
  const chunks: UIMessageChunk[] = [];
  const result = await call(modelOf(parts), (chunk) => chunks.push(chunk));
  return { chunks, result };
}

describe('a model call', () => {
  it('shows and returns what the SDK alone would make of the answer', async () => {
    const tools = { book: tool({ description, inputSchema }) };
    const alone = streamText({ model: modelOf(whole), messages, tools, stopWhen: isStepCount(1), maxRetries: 0 });
    const stream = toUIMessageStream({ stream: alone.stream, tools, sendStart: false, sendFinish: false });
    const expected: UIMessageChunk[] = [];
    for await (const chunk of stream) expected.push(chunk);
    const { chunks, result } = await shownOf(whole);
    const isEmpty = (chunk: UIMessageChunk) => 'delta' in chunk && chunk.delta === '';
    // The text of an error is ours.
    const comparable = (given: UIMessageChunk[]) =>
      given.filter((chunk) => !isEmpty(chunk)).map((chunk) => ({ ...chunk, errorText: undefined }));
    expect(comparable(chunks)).toEqual(comparable(expected));
    expect(result.responseMessages).toEqual(await alone.responseMessages);
    expect(result).toMatchObject({ text: 'One and twoFound it', toolCalls: [{ toolCallId: 'a', input: { seat: 1 } }] });
  });

  it('shows each piece before it reads the next', async () => {
    const shown: string[] = [];
    const read: number[] = [];
    async function* slowly() {
      for (const part of whole) {
        read.push(shown.length);
        yield part;
        // Time for everything that follows from the part.
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    await call(modelOf(slowly()), (chunk) => shown.push(chunk.type));
    expect(whole[4]).toMatchObject({ delta: 'me see' });
    expect(shown.slice(0, read[4])).toEqual(['start-step', 'reasoning-start', 'reasoning-delta']);
  });

  it('shows pieces that its fetch reports early once, in order, and not before anything that precedes them', async () => {
    const shown: string[] = [];
    const taken: boolean[] = [];
    const text = (delta: string): Part => ({ type: 'text-delta', id: '0', delta });
    const model = new MockLanguageModelV4({
      doStream: async () => {
        const listener = answerListener();
        const early = (piece: string, passedOn: number) =>
          taken.push(listener.early({ kind: 'text', id: '0', text: piece }, passedOn));
        async function* parts() {
          early('too early', 0);
          yield* [{ type: 'text-start', id: '0' }, text('a')] satisfies Part[];
          early('another is on its way', 2);
          await new Promise((resolve) => setTimeout(resolve));
          early('b', 1);
          early('c', 1);
          yield* [text('bcd'), { type: 'text-end', id: '0' }, ended] satisfies Part[];
        }
        return { stream: ReadableStream.from(parts()) as AnswerStream };
      },
    });
    const { text: whole } = await call(model, (chunk) => 'delta' in chunk && shown.push(String(chunk.delta)));
    expect(taken).toEqual([false, false, true, true]);
    expect(shown).toEqual(['a', 'b', 'c', 'd']);
    expect(whole).toBe('abcd');
  });

  it('gives every part an id of its own when a provider repeats them', async () => {
    const text = (delta: string): Part[] => [
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta },
      { type: 'text-end', id: '0' },
    ];
    const { chunks, result } = await shownOf([...text('a'), ...text('b'), ended]);
    expect(chunks.flatMap((chunk) => (chunk.type === 'text-delta' ? [chunk.id] : []))).toEqual(['0', '0_2']);
    expect(result.text).toBe('ab');
  });

  it('keeps emojis whole that come in halves, in pieces and in the inputs of tools', async () => {
    const schema = JSON.stringify({ seat: 1, note: '\ud83d' });
    const { chunks, result } = await shownOf([
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'a\ud83d' },
      { type: 'text-delta', id: '0', delta: '\ude00b\ud83d' },
      { type: 'text-end', id: '0' },
      { type: 'tool-call', toolCallId: 'c', toolName: 'x', input: schema, providerExecuted: true, dynamic: true },
      ended,
    ]);
    expect(chunks.flatMap((chunk) => (chunk.type === 'text-delta' ? [chunk.delta] : []))).toEqual([
      'a',
      '😀b',
      '\ufffd',
    ]);
    expect(JSON.stringify([chunks, result]).includes('\\ud83d')).toBe(false);
    expect(result.text).toBe('a😀b\ufffd');
  });

  it('fails with what a viewer of its chunks throws', async () => {
    const full = new Error('full');
    const failing = call(modelOf(whole), ({ type }) => {
      if (type === 'text-delta') throw full;
    });
    await expect(failing).rejects.toMatchObject({ cause: full });
  });
});
