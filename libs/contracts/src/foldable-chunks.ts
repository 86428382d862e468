/**
 * Which chunks the AI SDK's fold takes behind those before them. It throws at a piece of a part that was not begun, and at the
 * end or the approval of a tool call that nobody made. One chunk that it refuses would cost readers all that stands behind it.
 * Constant time for each chunk.
 */
import type { UIMessageChunk } from './stream-events.js';

/** What the fold keeps of a tool call in one step. A call that is repeated in a later step has another part there. */
interface ToolPart {
  readonly dynamic: boolean;
  approvalId: string | null;
}

/** The tool calls of a message, found as the fold finds them. */
class ToolParts {
  /** Those of this step: at most one static and one dynamic part for each call, in the order in which they came. */
  private ofStep = new Map<string, ToolPart[]>();
  /** The last part of each call of earlier steps. */
  private readonly before = new Map<string, ToolPart>();
  /** How many parts carry an approval. A part carries its latest one. */
  private readonly approvals = new Map<string, number>();

  add(toolCallId: string, dynamic: boolean): void {
    const parts = this.ofStep.get(toolCallId);
    if (!parts) this.ofStep.set(toolCallId, [{ dynamic, approvalId: null }]);
    else if (!parts.some((part) => part.dynamic === dynamic)) parts.push({ dynamic, approvalId: null });
  }

  /** A call whose input failed keeps the part that it has, of whichever kind. */
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
  /** Calls whose input came, or comes, in pieces, and whether they are dynamic. */
  private inPieces = new Map<string, boolean>();
  private readonly tools = new ToolParts();

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
        this.inPieces.set(chunk.toolCallId, Boolean(chunk.dynamic));
        this.tools.add(chunk.toolCallId, Boolean(chunk.dynamic));
        return true;
      case 'tool-input-delta': {
        const dynamic = this.inPieces.get(chunk.toolCallId);
        if (dynamic === undefined) return false;
        // A piece that comes in a later step than its start makes a part there.
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
