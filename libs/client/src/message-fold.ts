/**
 * One message being folded from its chunks. Owns the open fold; never asks for chunks and never skips one.
 *
 * A half-built message cannot be folded further, so the AI SDK's own reader is kept open and fed as chunks arrive. It
 * asks for the next chunk only when it is done with the one before: being asked while there is none means that
 * everything given so far is in the message.
 */

import { readUIMessageStream, type UIMessage } from 'ai';
import type { UIMessageChunk } from '#libs/contracts';
import type { MessagePart } from './workflow-state.js';

type Delta = Extract<UIMessageChunk, { type: 'text-delta' | 'reasoning-delta' }>;

function isDelta(chunk: UIMessageChunk): chunk is Delta {
  return chunk.type === 'text-delta' || chunk.type === 'reasoning-delta';
}

/** Neighbouring deltas of one part as one chunk: the same text with fewer folds. Returns copies, never the originals. */
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
      // Folding modifies what it is given, and a cached answer may be frozen.
      joined.push(structuredClone(chunk));
    }
  }
  return joined;
}

function sameFields(left: MessagePart, right: MessagePart): boolean {
  const a = left as Record<string, unknown>;
  const b = right as Record<string, unknown>;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.is(a[key], b[key]));
}

export class MessageFold {
  private readonly message: UIMessage;
  private readonly waiting: UIMessageChunk[] = [];
  private source: ReadableStreamDefaultController<UIMessageChunk> | null = null;
  private wantsMore = false;
  private failure: Error | null = null;
  private settled: { resolve: () => void; reject: (error: Error) => void } | null = null;
  private pushed: UIMessageChunk[] = [];
  private parts: readonly MessagePart[] = [];

  /** @param seed the chunks so far; they are folded by the first `settle` */
  constructor(messageId: string, seed: readonly UIMessageChunk[]) {
    this.message = { id: messageId, role: 'assistant', parts: [] };
    this.pushed = [...seed];
    this.open();
  }

  /** Adds chunks in stream order. */
  push(chunks: readonly UIMessageChunk[]): void {
    for (const chunk of chunks) this.pushed.push(chunk);
  }

  /**
   * Folds everything pushed before this call. Calls must not overlap.
   * @returns the parts as of now; never modified later, and parts that did not change keep their identity
   * @throws when a chunk does not fit what came before it; the fold is then of no more use
   */
  async settle(): Promise<readonly MessagePart[]> {
    const chunks = joinDeltas(this.pushed);
    this.pushed = [];
    for (const chunk of chunks) {
      // The id under which the message is known decides; another one here would make the reader start anew.
      this.waiting.push(chunk.type === 'start' ? { ...chunk, messageId: this.message.id } : chunk);
    }
    await this.drained();
    const parts = this.message.parts;
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

  private open(): void {
    const stream = new ReadableStream<UIMessageChunk>(
      {
        start: (controller) => {
          this.source = controller;
        },
        pull: () => this.feed(),
      },
      { highWaterMark: 0 },
    );
    const states = readUIMessageStream({
      message: this.message,
      stream,
      // An `error` chunk is part of the stream and does not end it; what ends it rejects below.
      onError: () => undefined,
    });
    void this.read(states);
  }

  /** The reader's states are copies that nobody needs; they have to be taken so that they do not pile up. */
  private async read(states: AsyncIterable<UIMessage>): Promise<void> {
    try {
      for await (const _state of states);
      this.fail(new Error('A chunk does not fit the message so far.'));
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.settled?.reject(this.failure);
    this.settled = null;
  }

  /** Called by the reader when it is done with the chunk before. */
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
