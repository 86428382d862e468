/**
 * Which chunks the AI SDK's fold takes behind those before them. Owns the reasons for which it throws: a piece of a part
 * that was not begun, the end or the approval of a tool call that nobody made. One chunk that it refuses would cost readers
 * all that stands behind it. Constant time for each chunk.
 */
import type { UIMessageChunk } from './stream-events.js';

/** Tool calls and the approvals that were asked for, of one step or of all before it. */
class Calls {
  private readonly ids = new Set<string>();
  private readonly approvalOf = new Map<string, string>();
  private readonly callOf = new Map<string, string>();

  has(toolCallId: string): boolean {
    return this.ids.has(toolCallId);
  }

  asked(approvalId: string): boolean {
    return this.callOf.has(approvalId);
  }

  add(toolCallId: string): void {
    this.ids.add(toolCallId);
  }

  /** A later question takes the place of an earlier one. */
  ask(toolCallId: string, approvalId: string): void {
    const before = this.approvalOf.get(toolCallId);
    if (before !== undefined) this.callOf.delete(before);
    this.approvalOf.set(toolCallId, approvalId);
    this.callOf.set(approvalId, toolCallId);
  }

  moveTo(other: Calls): void {
    for (const id of this.ids) other.add(id);
    for (const [toolCallId, approvalId] of this.approvalOf) other.ask(toolCallId, approvalId);
  }
}

export class FoldableChunks {
  private texts = new Set<string>();
  private reasonings = new Set<string>();
  /** Calls whose input came, or comes, in pieces. */
  private inPieces = new Set<string>();
  private ofStep = new Calls();
  private readonly before = new Calls();

  /** Whether the fold takes the chunk behind all that it took so far. To be asked for every chunk, in order. */
  takes(chunk: UIMessageChunk): boolean {
    switch (chunk.type) {
      case 'text-start':
        this.texts.add(chunk.id);
        return true;
      case 'text-delta':
        return this.texts.has(chunk.id);
      case 'text-end':
        return this.texts.delete(chunk.id);
      case 'reasoning-start':
        this.reasonings.add(chunk.id);
        return true;
      case 'reasoning-delta':
        return this.reasonings.has(chunk.id);
      case 'reasoning-end':
        return this.reasonings.delete(chunk.id);
      case 'tool-input-start':
        this.inPieces.add(chunk.toolCallId);
        this.ofStep.add(chunk.toolCallId);
        return true;
      case 'tool-input-delta':
        return this.inPieces.has(chunk.toolCallId);
      case 'tool-input-available':
      case 'tool-input-error':
        this.ofStep.add(chunk.toolCallId);
        return true;
      case 'tool-output-available':
      case 'tool-output-error':
      case 'tool-output-denied':
        return this.callsOf(chunk.toolCallId) !== null;
      case 'tool-approval-request': {
        const calls = this.callsOf(chunk.toolCallId);
        calls?.ask(chunk.toolCallId, chunk.approvalId);
        return calls !== null;
      }
      case 'tool-approval-response':
        return this.ofStep.asked(chunk.approvalId) || this.before.asked(chunk.approvalId);
      case 'start-step':
        this.ofStep.moveTo(this.before);
        this.ofStep = new Calls();
        return true;
      case 'reset-step':
        this.texts = new Set();
        this.reasonings = new Set();
        this.inPieces = new Set();
        this.ofStep = new Calls();
        return true;
      default:
        return true;
    }
  }

  private callsOf(toolCallId: string): Calls | null {
    if (this.ofStep.has(toolCallId)) return this.ofStep;
    return this.before.has(toolCallId) ? this.before : null;
  }
}
