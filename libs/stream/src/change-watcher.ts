/**
 * One who is told which workflows changed. What it has not asked for yet waits here: each workflow once, and no more than a
 * bounded number of them.
 */
import type { WorkflowId } from '#libs/contracts';
import { PullIterator } from './pull-iterator.js';

export interface WorkflowChange {
  workflowId: WorkflowId;
  /** Whether it is gone. */
  deleted: boolean;
}

/** More than a list shows. Whoever lets more wait reads slowly, and finds the rest when its list is read again. */
export const MAX_WAITING_CHANGES = 500;

/** Adds a change to others, one for each workflow. What is gone stays gone, whatever is heard of it later. */
export function noteChange(changes: Map<WorkflowId, WorkflowChange>, change: WorkflowChange): void {
  if (!changes.get(change.workflowId)?.deleted) changes.set(change.workflowId, change);
}

export class ChangeWatcher extends PullIterator<WorkflowChange> {
  private readonly waiting = new Map<WorkflowId, WorkflowChange>();

  constructor(private readonly onEnd: () => void) {
    super();
  }

  /** A workflow that changes again keeps its turn. Beyond the bound the oldest are forgotten. */
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
