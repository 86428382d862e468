/**
 * Compaction of chunk lists: the shortest list that folds to the same message as the whole. Owns which chunks join or
 * supersede each other; never folds a message.
 *
 * A half-built `UIMessage` cannot be continued, a chunk list always can. So the assistant's message is kept as a
 * compacted list: neighbouring deltas of a part are joined, input deltas give way to the finished input, preliminary
 * outputs to later ones, and a step that was reset disappears. For every cut of a stream,
 * `fold(compact(prefix) + rest) = fold(prefix + rest)`.
 */
import type { UIMessageChunk } from './stream-events.js';

type DeltaKind = 'text' | 'reasoning';

const keptAcrossReset: ReadonlySet<string> = new Set(['start', 'finish', 'message-metadata', 'error', 'abort']);

/** A list that stays compacted while chunks are added. Not safe to share between two writers. */
export class ChunkCompactor {
  private entries: (UIMessageChunk | null)[] = [];
  private readonly openDeltas = new Map<string, number>();
  private readonly inputDeltas = new Map<string, number>();
  private readonly dataParts = new Map<string, number>();
  private readonly outputs = new Map<string, number>();
  /** Index of the entry in which each tool call first appeared. */
  private readonly toolCalls = new Map<string, number>();
  private lastStepStart = -1;

  constructor(chunks: readonly UIMessageChunk[] = []) {
    this.push(chunks);
  }

  /** Adds chunks in stream order. The chunks themselves are not modified. */
  push(chunks: readonly UIMessageChunk[]): void {
    for (const chunk of chunks) this.add(chunk);
  }

  /** The compacted list so far; a new array whose entries must not be modified. */
  toChunks(): UIMessageChunk[] {
    return this.entries.filter((entry) => entry !== null);
  }

  private add(chunk: UIMessageChunk): void {
    switch (chunk.type) {
      case 'text-start':
        this.startPart('text', chunk.id, chunk);
        return;
      case 'reasoning-start':
        this.startPart('reasoning', chunk.id, chunk);
        return;
      case 'text-delta':
      case 'reasoning-delta':
        this.joinDelta(chunk);
        return;
      case 'tool-input-start':
        this.inputDeltas.delete(chunk.toolCallId);
        this.rememberToolCall(chunk.toolCallId);
        this.append(chunk);
        return;
      case 'tool-input-delta':
        this.joinInputDelta(chunk);
        return;
      case 'tool-input-available':
      case 'tool-input-error':
        this.supersede(this.inputDeltas, chunk.toolCallId);
        this.rememberToolCall(chunk.toolCallId);
        this.append(chunk);
        return;
      case 'tool-output-available':
        this.replaceOutput(chunk);
        return;
      case 'start-step':
        this.lastStepStart = this.append(chunk);
        return;
      case 'reset-step':
        this.resetStep();
        return;
      default:
        if (chunk.type.startsWith('data-')) this.addData(chunk);
        else this.append(chunk);
    }
  }

  private append(chunk: UIMessageChunk): number {
    return this.entries.push(chunk) - 1;
  }

  private startPart(kind: DeltaKind, id: string, chunk: UIMessageChunk): void {
    this.openDeltas.delete(`${kind}:${id}`);
    this.append(chunk);
  }

  private joinDelta(chunk: Extract<UIMessageChunk, { type: 'text-delta' | 'reasoning-delta' }>): void {
    const key = chunk.type === 'text-delta' ? `text:${chunk.id}` : `reasoning:${chunk.id}`;
    const index = this.openDeltas.get(key);
    const open = index === undefined ? null : this.entries[index];
    if (index === undefined || open?.type !== chunk.type) {
      this.openDeltas.set(key, this.append(chunk));
      return;
    }
    this.entries[index] = { ...open, ...chunk, delta: open.delta + chunk.delta };
  }

  private joinInputDelta(chunk: Extract<UIMessageChunk, { type: 'tool-input-delta' }>): void {
    const index = this.inputDeltas.get(chunk.toolCallId);
    const open = index === undefined ? null : this.entries[index];
    if (index === undefined || open?.type !== 'tool-input-delta') {
      this.inputDeltas.set(chunk.toolCallId, this.append(chunk));
      return;
    }
    this.entries[index] = { ...open, inputTextDelta: open.inputTextDelta + chunk.inputTextDelta };
  }

  private supersede(index: Map<string, number>, key: string): void {
    const at = index.get(key);
    if (at !== undefined) this.entries[at] = null;
    index.delete(key);
  }

  private rememberToolCall(toolCallId: string): void {
    if (!this.toolCalls.has(toolCallId)) this.toolCalls.set(toolCallId, this.entries.length);
  }

  private replaceOutput(chunk: Extract<UIMessageChunk, { type: 'tool-output-available' }>): void {
    const at = this.outputs.get(chunk.toolCallId);
    const previous = at === undefined ? null : this.entries[at];
    if (at !== undefined && previous?.type === 'tool-output-available' && previous.preliminary) {
      this.entries[at] = null;
    }
    this.outputs.set(chunk.toolCallId, this.append(chunk));
  }

  private addData(chunk: UIMessageChunk): void {
    const data = chunk as { type: `data-${string}`; id?: string; transient?: boolean };
    if (data.transient) return;
    if (data.id === undefined) {
      this.append(chunk);
      return;
    }
    const key = `${data.type}:${data.id}`;
    const at = this.dataParts.get(key);
    if (at === undefined) this.dataParts.set(key, this.append(chunk));
    else this.entries[at] = chunk;
  }

  /** Drops what the current step added to the message; what it did to earlier parts or to the message stays. */
  private resetStep(): void {
    const first = this.lastStepStart + 1;
    for (let at = first; at < this.entries.length; at++) {
      const entry = this.entries[at];
      if (entry && !this.survivesReset(entry, first)) this.entries[at] = null;
    }
    this.openDeltas.clear();
    this.inputDeltas.clear();
    this.forgetFrom(this.dataParts, first);
    this.forgetFrom(this.toolCalls, first);
  }

  private survivesReset(entry: UIMessageChunk, first: number): boolean {
    if (keptAcrossReset.has(entry.type)) return true;
    if (!('toolCallId' in entry)) return false;
    const startedAt = this.toolCalls.get(entry.toolCallId);
    return startedAt !== undefined && startedAt < first && !entry.type.startsWith('tool-input');
  }

  private forgetFrom(index: Map<string, number>, first: number): void {
    for (const [key, at] of index) if (at >= first) index.delete(key);
  }
}

/** The compacted form of a whole list. Idempotent. */
export function compactChunks(chunks: readonly UIMessageChunk[]): UIMessageChunk[] {
  return new ChunkCompactor(chunks).toChunks();
}
