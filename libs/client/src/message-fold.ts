/**
 * Folds one message from its chunks. Stored chunks that do not fit the chunks before them are skipped; arriving chunks
 * never are.
 *
 * A half-built message cannot be folded further, so one reader of the AI SDK is kept open and fed as chunks arrive. It asks
 * for the next chunk only after it has processed the previous one: a request while none is queued means that the message
 * contains every chunk so far.
 */

import { FoldableChunks, MessageReader, type UIMessageChunk } from './contracts.js';
import type { MessagePart } from './workflow-state.js';

type Delta = Extract<UIMessageChunk, { type: 'text-delta' | 'reasoning-delta' }>;

function isDelta(chunk: UIMessageChunk): chunk is Delta {
  return chunk.type === 'text-delta' || chunk.type === 'reasoning-delta';
}

/** Merges adjacent deltas of one part into one chunk: the same text with fewer folds. Returns copies, never the originals. */
export function joinDeltas(chunks: readonly UIMessageChunk[]): UIMessageChunk[] {
  const joined: UIMessageChunk[] = [];
  for (const chunk of chunks) {
    const last = joined.at(-1);
    if (last && isDelta(chunk) && isDelta(last) && last.type === chunk.type && last.id === chunk.id) {
      joined[joined.length - 1] = { ...last, ...chunk, delta: last.delta + chunk.delta };
    } else if (
      last?.type === 'tool-input-delta' &&
      chunk.type === 'tool-input-delta' &&
      last.toolCallId === chunk.toolCallId
    ) {
      joined[joined.length - 1] = { ...last, inputTextDelta: last.inputTextDelta + chunk.inputTextDelta };
    } else {
      // Folding modifies its input, and a cached answer may be frozen.
      joined.push(structuredClone(chunk));
    }
  }
  return joined;
}

function sameFields(left: MessagePart, right: MessagePart): boolean {
  const a = new Map<string, unknown>(Object.entries(left));
  const b = Object.entries(right);
  return a.size === b.length && b.every(([key, value]) => a.has(key) && Object.is(a.get(key), value));
}

export class MessageFold {
  private readonly reader: MessageReader;
  private readonly waiting: UIMessageChunk[] = [];
  private source: ReadableStreamDefaultController<UIMessageChunk> | null = null;
  private wantsMore = false;
  private failure: Error | null = null;
  private settled: { resolve: () => void; reject: (error: Error) => void } | null = null;
  private pushed: UIMessageChunk[] = [];
  private parts: readonly MessagePart[] = [];

  /** @param seed the stored chunks so far; the first `settle` folds them */
  constructor(
    private readonly messageId: string,
    seed: readonly UIMessageChunk[],
  ) {
    const foldable = new FoldableChunks();
    this.pushed = seed.filter((chunk) => foldable.takes(chunk));
    // Makes the reader create its message, whatever the first chunk is.
    this.waiting.push({ type: 'start', messageId });
    const stream = new ReadableStream<UIMessageChunk>(
      {
        start: (controller) => {
          this.source = controller;
        },
        pull: () => this.feed(),
      },
      { highWaterMark: 0 },
    );
    this.reader = new MessageReader(messageId, stream);
    void this.read();
  }

  /** Adds chunks in stream order. */
  push(chunks: readonly UIMessageChunk[]): void {
    for (const chunk of chunks) this.pushed.push(chunk);
  }

  /**
   * Folds everything pushed before this call. Calls must not overlap.
   * @returns the current parts; never modified later, and unchanged parts keep their identity
   * @throws when an arriving chunk does not fit the chunks before it; the fold cannot be used afterwards
   */
  async settle(): Promise<readonly MessagePart[]> {
    const chunks = joinDeltas(this.pushed);
    this.pushed = [];
    for (const chunk of chunks) {
      // An `error` chunk changes no part and would end the reader, but the stream continues.
      if (chunk.type === 'error') continue;
      // The message keeps its known id; a different id here would make the reader start over.
      this.waiting.push(chunk.type === 'start' ? { ...chunk, messageId: this.messageId } : chunk);
    }
    await this.drained();
    const parts = this.reader.messages[0]?.parts ?? [];
    const changed = parts.length !== this.parts.length || parts.some((part, at) => !this.isKnown(part, at));
    if (changed) {
      this.parts = parts.map((part, at) => (this.isKnown(part, at) ? this.known(at, part) : { ...part }));
    }
    return this.parts;
  }

  private isKnown(part: MessagePart, at: number): boolean {
    const before = this.parts[at];
    return before !== undefined && sameFields(before, part);
  }

  private known(at: number, otherwise: MessagePart): MessagePart {
    return this.parts[at] ?? otherwise;
  }

  private async read(): Promise<void> {
    await this.reader.resumeStream();
    // Our stream never ends, so the reader must have failed.
    this.failure = this.reader.error ?? new Error('A chunk does not fit the message so far.');
    this.settled?.reject(this.failure);
    this.settled = null;
  }

  /** Called by the reader when it has processed the previous chunk. */
  private feed(): void {
    const chunk = this.waiting.shift();
    this.wantsMore = chunk === undefined;
    if (chunk) {
      this.source?.enqueue(chunk);
      return;
    }
    this.settled?.resolve();
    this.settled = null;
  }

  private drained(): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.waiting.length === 0 && this.wantsMore) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.settled = { resolve, reject };
      if (this.wantsMore) this.feed();
    });
  }
}
