/**
 * Compaction of chunk lists: the shortest list that folds to the same message as the whole.
 *
 * A half-built `UIMessage` cannot be continued, but a chunk list always can. So the assistant's message is kept as a
 * compacted list: neighbouring deltas of a part are joined, finished input replaces input deltas, later outputs replace
 * preliminary ones, and a step that was reset disappears. For every cut of a stream, `fold(compact(prefix) + rest) =
 * fold(prefix + rest)`.
 */
import type { UIMessageChunk } from './stream-events.js';

type DeltaKind = 'text' | 'reasoning';

const keptAcrossReset: ReadonlySet<string> = new Set(['start', 'finish', 'message-metadata', 'error', 'abort']);

const partBeginnings: ReadonlySet<string> = new Set([
  'text-start',
  'reasoning-start',
  // Input belongs to the step in which it arrives, even if an earlier step has a call with the same id.
  'tool-input-start',
  'tool-input-delta',
  'tool-input-available',
  'tool-input-error',
]);

/** What a chunk begins or continues: a text, a reasoning, a tool call, or the question that an approval answers. */
function subjectOf(chunk: UIMessageChunk): string | null {
  switch (chunk.type) {
    case 'text-start':
    case 'text-delta':
    case 'text-end':
      return `text:${chunk.id}`;
    case 'reasoning-start':
    case 'reasoning-delta':
    case 'reasoning-end':
      return `reasoning:${chunk.id}`;
    case 'tool-approval-response':
      return approvalOf(chunk);
    default:
      return 'toolCallId' in chunk ? `call:${chunk.toolCallId}` : null;
  }
}

function approvalOf({ approvalId }: { approvalId: string }): string {
  return `approval:${approvalId}`;
}

/** A list that stays compacted while chunks are added. Not safe to share between two writers. */
export class ChunkCompactor {
  private entries: (UIMessageChunk | null)[] = [];
  private readonly openDeltas = new Map<string, number>();
  private readonly inputDeltas = new Map<string, number>();
  private readonly dataParts = new Map<string, number>();
  private readonly outputs = new Map<string, number>();
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
        this.outputs.delete(chunk.toolCallId);
        this.append(chunk);
        return;
      case 'tool-input-delta':
        this.joinInputDelta(chunk);
        return;
      case 'tool-input-available':
      case 'tool-input-error':
        this.supersedeInput(chunk.toolCallId);
        this.outputs.delete(chunk.toolCallId);
        this.append(chunk);
        return;
      case 'tool-output-available':
        this.replaceOutput(chunk);
        return;
      case 'start-step':
        this.inputDeltas.clear();
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

  private supersedeInput(toolCallId: string): void {
    const at = this.inputDeltas.get(toolCallId);
    if (at !== undefined) this.entries[at] = null;
    this.inputDeltas.delete(toolCallId);
  }

  private replaceOutput(chunk: Extract<UIMessageChunk, { type: 'tool-output-available' }>): void {
    const at = this.outputs.get(chunk.toolCallId);
    const previous = at === undefined ? null : this.entries[at];
    let entry = chunk;
    if (at !== undefined && previous?.type === 'tool-output-available' && previous.preliminary) {
      // Properties of the call that an earlier output set are kept.
      const { preliminary: _, ...said } = previous;
      entry = { ...said, ...chunk };
      this.entries[at] = null;
    }
    this.outputs.set(chunk.toolCallId, this.append(entry));
  }

  private addData(chunk: UIMessageChunk): void {
    const data = chunk as { type: `data-${string}`; id?: string; data: unknown; transient?: boolean };
    if (data.transient) return;
    if (data.id === undefined) {
      this.append(chunk);
      return;
    }
    const key = `${data.type}:${data.id}`;
    const at = this.dataParts.get(key);
    const first = at === undefined ? null : this.entries[at];
    if (at === undefined || !first) this.dataParts.set(key, this.append(chunk));
    else this.entries[at] = { ...first, data: data.data } as UIMessageChunk;
  }

  /** Drops what the current step added to the message, but keeps its changes to earlier parts and to the message itself. */
  private resetStep(): void {
    const before = this.entries.slice(0, this.lastStepStart + 1);
    const kept = [...before, ...keptOfStep(this.entries.slice(this.lastStepStart + 1))].filter(
      (entry) => entry !== null,
    );
    for (const index of [this.openDeltas, this.inputDeltas, this.dataParts, this.outputs]) index.clear();
    this.entries = [];
    this.lastStepStart = -1;
    this.push(kept);
  }
}

/** What remains of a step that was reset: chunks that continue something it did not begin. */
function keptOfStep(entries: readonly (UIMessageChunk | null)[]): (UIMessageChunk | null)[] {
  const ofStep = new Set<string>();
  return entries.filter((entry) => {
    if (!entry || keptAcrossReset.has(entry.type)) return true;
    const subject = subjectOf(entry);
    if (subject !== null && !partBeginnings.has(entry.type) && !ofStep.has(subject)) return true;
    if (subject !== null) ofStep.add(subject);
    if (entry.type === 'tool-approval-request') ofStep.add(approvalOf(entry));
    return false;
  });
}

/** The compacted form of a whole list. Idempotent. */
export function compactChunks(chunks: readonly UIMessageChunk[]): UIMessageChunk[] {
  return new ChunkCompactor(chunks).toChunks();
}
