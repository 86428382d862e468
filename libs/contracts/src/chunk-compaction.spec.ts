import { readUIMessageStream, type UIMessage } from 'ai';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkCompactor, compactChunks } from './chunk-compaction.js';
import type { UIMessageChunk } from './stream-events.js';

/**
 * The AI SDK's own fold: the judge of equality. Its input is copied because it keeps and changes what it is given. The
 * last chunk makes it show its final state: a step's start alone is not announced.
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
  let last: UIMessage | undefined;
  const fail = (error: unknown) => {
    throw error;
  };
  for await (const message of readUIMessageStream({ stream, onError: fail, terminateOnError: true })) last = message;
  return last && JSON.parse(JSON.stringify(last));
}

/** Random but well-formed streams: steps with text, reasoning, tools, data, resets and late tool outputs. */
class StreamBuilder {
  readonly chunks: UIMessageChunk[] = [{ type: 'start', messageId: 'm' }];
  private serial = 0;
  private readonly openTools: string[] = [];

  text(kind: 'text' | 'reasoning', deltas: string[], closed: boolean): void {
    const id = `${kind}-${this.serial++ % 3}`;
    this.chunks.push({ type: `${kind}-start`, id });
    for (const delta of deltas) this.chunks.push({ type: `${kind}-delta`, id, delta });
    if (closed) this.chunks.push({ type: `${kind}-end`, id });
  }

  tool(pieces: string[], ending: 'open' | 'available' | 'error', dynamic: boolean): void {
    const toolCallId = `call-${this.serial++}`;
    const kind = dynamic ? { dynamic, title: 'Look' } : {};
    const encoding = this.serial % 2 ? { inputEncoding: 'text' as const } : {};
    this.chunks.push({ type: 'tool-input-start', toolCallId, toolName: 'look', ...kind, ...encoding });
    for (const piece of pieces) {
      this.chunks.push({ type: 'tool-input-delta', toolCallId, inputTextDelta: JSON.stringify(piece) });
    }
    if (ending === 'available') {
      this.chunks.push({ type: 'tool-input-available', toolCallId, toolName: 'look', input: { pieces }, ...kind });
      this.openTools.push(toolCallId);
    }
    if (ending === 'error') {
      const input = { toolName: 'look', input: pieces, errorText: 'no', ...kind };
      this.chunks.push({ type: 'tool-input-error', toolCallId, ...input });
    }
  }

  output(preliminary: boolean): void {
    const toolCallId = preliminary ? this.openTools.at(-1) : this.openTools.pop();
    if (toolCallId === undefined) return;
    const output = { n: this.serial++ };
    this.chunks.push({ type: 'tool-output-available', toolCallId, output, ...(preliminary && { preliminary }) });
  }

  /** A person is asked about a call, answers, and what comes of it. */
  approval(ending: 'asked' | 'approved' | 'denied'): void {
    const toolCallId = this.openTools.at(-1);
    if (toolCallId === undefined) return;
    const approvalId = `approval-${this.serial++}`;
    this.chunks.push({ type: 'tool-approval-request', approvalId, toolCallId });
    if (ending === 'asked') return;
    const approved = ending === 'approved';
    this.chunks.push({ type: 'tool-approval-response', approvalId, approved, ...(!approved && { reason: 'no' }) });
    if (approved) return;
    this.openTools.pop();
    this.chunks.push({ type: 'tool-output-denied', toolCallId });
  }

  failedOutput(): void {
    const toolCallId = this.openTools.pop();
    if (toolCallId !== undefined) this.chunks.push({ type: 'tool-output-error', toolCallId, errorText: 'It failed.' });
  }

  /** Parts that come whole. */
  whole(kind: 'source-url' | 'source-document' | 'file' | 'reasoning-file' | 'custom' | 'steering-message'): void {
    const n = this.serial++;
    const url = `https://example.test/${n}`;
    const chunks = {
      'source-url': { type: 'source-url', sourceId: `s${n}`, url, title: 'A page' },
      'source-document': { type: 'source-document', sourceId: `s${n}`, mediaType: 'text/plain', title: 'A page' },
      file: { type: 'file', url, mediaType: 'image/png' },
      'reasoning-file': { type: 'reasoning-file', url, mediaType: 'image/png' },
      custom: { type: 'custom', kind: 'holdfast.note' },
      'steering-message': { type: 'steering-message', id: `s${n}`, parts: [{ type: 'text', text: 'Shorter, please' }] },
    } as const satisfies Record<typeof kind, UIMessageChunk>;
    this.chunks.push(chunks[kind]);
  }

  data(id: string | undefined, transient: boolean): void {
    const data = this.serial++;
    this.chunks.push({ type: 'data-progress', data, ...(id && { id }), ...(transient && { transient }) });
  }

  step(): void {
    this.chunks.push({ type: 'finish-step' }, { type: 'start-step' });
  }

  reset(): void {
    const start = this.chunks.findLastIndex((chunk) => chunk.type === 'start-step');
    const dropped = new Set(
      this.chunks.slice(start + 1).map((chunk) => ('toolCallId' in chunk ? chunk.toolCallId : '')),
    );
    for (let at = this.openTools.length - 1; at >= 0; at--) {
      if (dropped.has(this.openTools[at] ?? '')) this.openTools.splice(at, 1);
    }
    this.chunks.push({ type: 'reset-step' });
  }

  metadata(): void {
    this.chunks.push({ type: 'message-metadata', messageMetadata: { n: this.serial++ } });
  }
}

const text = fc.array(fc.string({ unit: 'grapheme', maxLength: 4 }), { maxLength: 4 });
const action = fc.oneof(
  fc.record({
    do: fc.constant('text'),
    kind: fc.constantFrom('text', 'reasoning'),
    deltas: text,
    closed: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('tool'),
    pieces: text,
    ending: fc.constantFrom('open', 'available', 'available', 'error'),
    dynamic: fc.boolean(),
  }),
  fc.record({ do: fc.constant('approval'), ending: fc.constantFrom('asked', 'approved', 'denied') }),
  fc.record({
    do: fc.constant('whole'),
    kind: fc.constantFrom('source-url', 'source-document', 'file', 'reasoning-file', 'custom', 'steering-message'),
  }),
  fc.record({ do: fc.constant('output'), preliminary: fc.boolean() }),
  fc.record({ do: fc.constant('data'), id: fc.constantFrom(undefined, 'a', 'b'), transient: fc.boolean() }),
  fc.record({ do: fc.constantFrom('step', 'reset', 'metadata', 'failedOutput') }),
);

function build(actions: readonly Record<string, unknown>[]): UIMessageChunk[] {
  const builder = new StreamBuilder();
  builder.chunks.push({ type: 'start-step' });
  for (const one of actions) {
    switch (one.do) {
      case 'text':
        builder.text(one.kind as 'text', one.deltas as string[], one.closed as boolean);
        break;
      case 'tool':
        builder.tool(one.pieces as string[], one.ending as 'open', one.dynamic as boolean);
        break;
      case 'approval':
        builder.approval(one.ending as 'asked');
        break;
      case 'whole':
        builder.whole(one.kind as 'file');
        break;
      case 'failedOutput':
        builder.failedOutput();
        break;
      case 'output':
        builder.output(one.preliminary as boolean);
        break;
      case 'data':
        builder.data(one.id as string | undefined, one.transient as boolean);
        break;
      case 'step':
        builder.step();
        break;
      case 'reset':
        builder.reset();
        break;
      default:
        builder.metadata();
    }
  }
  return builder.chunks;
}

describe('compactChunks', () => {
  it('folds to the same message as the whole stream, wherever the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 14 }), fc.nat(), async (actions, cutSeed) => {
        const whole = build(actions);
        const cut = cutSeed % (whole.length + 1);
        const continued = [...compactChunks(whole.slice(0, cut)), ...whole.slice(cut)];
        expect(await fold(continued)).toEqual(await fold(whole));
      }),
      { numRuns: 400 },
    );
  });

  it('stays compact when it is continued piece by piece', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 14 }), fc.nat(), async (actions, cutSeed) => {
        const whole = build(actions);
        const cut = cutSeed % (whole.length + 1);
        const resumed = new ChunkCompactor(compactChunks(whole.slice(0, cut)));
        resumed.push(whole.slice(cut));
        expect(await fold(resumed.toChunks())).toEqual(await fold(whole));
      }),
      { numRuns: 400 },
    );
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
