/**
 * Decides which chunks the AI SDK's fold accepts after those before them. The fold throws at a delta of a part that was not
 * begun, and at a result or approval for an unknown tool call. One such chunk would cost readers everything after it.
 * Constant time per chunk.
 */
import type { UIMessageChunk } from './stream-events.js';

/** What the fold keeps of a tool call in one step. A call repeated in a later step has a separate part there. */
interface ToolPart {
  readonly dynamic: boolean;
  approvalId: string | null;
}

/** The tool calls of a message, looked up as the fold does. */
class ToolParts {
  /** Parts of the current step: at most one static and one dynamic part per call, in order of arrival. */
  private ofStep = new Map<string, ToolPart[]>();
  /** The last part of each call of earlier steps. */
  private readonly before = new Map<string, ToolPart>();
  /** How many parts carry each approval. A part carries its latest one. */
  private readonly approvals = new Map<string, number>();

  add(toolCallId: string, dynamic: boolean): void {
    const parts = this.ofStep.get(toolCallId);
    if (!parts) this.ofStep.set(toolCallId, [{ dynamic, approvalId: null }]);
    else if (!parts.some((part) => part.dynamic === dynamic)) parts.push({ dynamic, approvalId: null });
  }

  /** A call whose input failed keeps its existing part, static or dynamic. */
  addFailed(toolCallId: string, dynamic: boolean): void {
    if (!this.ofStep.has(toolCallId)) this.add(toolCallId, dynamic);
  }

  find(toolCallId: string): ToolPart | null {
    return this.ofStep.get(toolCallId)?.[0] ?? this.before.get(toolCallId) ?? null;
  }

  ask(part: ToolPart, approvalId: string): void {
    this.forgetApproval(part);
    part.approvalId = approvalId;
    this.approvals.set(approvalId, (this.approvals.get(approvalId) ?? 0) + 1);
  }

  asked(approvalId: string): boolean {
    return this.approvals.has(approvalId);
  }

  nextStep(): void {
    for (const [toolCallId, parts] of this.ofStep) {
      const last = parts.at(-1);
      if (last) this.before.set(toolCallId, last);
    }
    this.ofStep = new Map();
  }

  resetStep(): void {
    for (const parts of this.ofStep.values()) for (const part of parts) this.forgetApproval(part);
    this.ofStep = new Map();
  }

  private forgetApproval({ approvalId }: ToolPart): void {
    if (approvalId === null) return;
    const left = (this.approvals.get(approvalId) ?? 0) - 1;
    if (left > 0) this.approvals.set(approvalId, left);
    else this.approvals.delete(approvalId);
  }
}

export class FoldableChunks {
  private texts = new Set<string>();
  private reasonings = new Set<string>();
  /** Calls whose input is streamed, and whether they are dynamic. */
  private inPieces = new Map<string, boolean>();
  private readonly tools = new ToolParts();

  /** Whether the fold accepts the chunk after all it accepted so far. Must be called for every chunk, in order. */
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
        this.inPieces.set(chunk.toolCallId, Boolean(chunk.dynamic));
        this.tools.add(chunk.toolCallId, Boolean(chunk.dynamic));
        return true;
      case 'tool-input-delta': {
        const dynamic = this.inPieces.get(chunk.toolCallId);
        if (dynamic === undefined) return false;
        // A delta that arrives in a later step than its start creates a part there.
        this.tools.add(chunk.toolCallId, dynamic);
        return true;
      }
      case 'tool-input-available':
        this.tools.add(chunk.toolCallId, Boolean(chunk.dynamic));
        return true;
      case 'tool-input-error':
        this.tools.addFailed(chunk.toolCallId, Boolean(chunk.dynamic));
        return true;
      case 'tool-output-available':
      case 'tool-output-error':
      case 'tool-output-denied':
        return this.tools.find(chunk.toolCallId) !== null;
      case 'tool-approval-request': {
        const part = this.tools.find(chunk.toolCallId);
        if (part) this.tools.ask(part, chunk.approvalId);
        return part !== null;
      }
      case 'tool-approval-response':
        return this.tools.asked(chunk.approvalId);
      case 'start-step':
        this.tools.nextStep();
        return true;
      case 'reset-step':
        this.texts = new Set();
        this.reasonings = new Set();
        this.inPieces = new Map();
        this.tools.resetStep();
        return true;
      default:
        return true;
    }
  }
}
