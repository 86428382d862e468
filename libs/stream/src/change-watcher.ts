/** A listener for changed workflows. Changes wait here until they are read: one per workflow, and only a bounded number. */
import type { WorkflowId } from '#libs/contracts';
import { PullIterator } from './pull-iterator.js';

export interface WorkflowChange {
  workflowId: WorkflowId;
  /** Whether the workflow was deleted. */
  deleted: boolean;
}

/** More than a list shows. A slower reader loses the oldest changes and picks them up when it reloads its list. */
export const MAX_WAITING_CHANGES = 500;

/** Merges a change into others, one per workflow. A deleted workflow stays deleted, even if an older change arrives later. */
export function noteChange(changes: Map<WorkflowId, WorkflowChange>, change: WorkflowChange): void {
  if (!changes.get(change.workflowId)?.deleted) changes.set(change.workflowId, change);
}

export class ChangeWatcher extends PullIterator<WorkflowChange> {
  private readonly waiting = new Map<WorkflowId, WorkflowChange>();

  constructor(private readonly onEnd: () => void) {
    super();
  }

  /** A workflow that changes again keeps its place in the queue. Above the limit, the oldest changes are dropped. */
  push(changes: readonly WorkflowChange[]): void {
    if (this.hasEnded) return;
    for (const change of changes) noteChange(this.waiting, change);
    this.pull();
    while (this.waiting.size > MAX_WAITING_CHANGES) this.takeOldest();
  }

  protected pull(): void {
    while (this.isAwaited) {
      const oldest = this.takeOldest();
      if (!oldest) return;
      this.deliver(oldest);
    }
  }

  protected release(): void {
    this.waiting.clear();
    this.onEnd();
  }

  private takeOldest(): WorkflowChange | undefined {
    const [oldest] = this.waiting.values();
    if (oldest) this.waiting.delete(oldest.workflowId);
    return oldest;
  }
}
