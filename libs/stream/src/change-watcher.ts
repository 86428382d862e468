/**
 * One who is told which workflows changed. Owns what it has not asked for yet: each workflow once, and no more than a
 * bounded number of them; never subscribes.
 *
 * Written as an iterator by hand: a generator would keep `return()` waiting behind a pending `next()`.
 */
import type { WorkflowId } from '#libs/contracts';

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

export class ChangeWatcher implements AsyncIterableIterator<WorkflowChange> {
  private readonly waiting = new Map<WorkflowId, WorkflowChange>();
  private readonly pending: ((result: IteratorResult<WorkflowChange>) => void)[] = [];
  private done = false;

  constructor(private readonly onEnd: () => void) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** A workflow that changes again keeps its turn. Beyond the bound the oldest are forgotten. */
  push(changes: readonly WorkflowChange[]): void {
    if (this.done) return;
    for (const change of changes) noteChange(this.waiting, change);
    while (this.pending.length > 0 && this.waiting.size > 0) {
      const value = this.takeOldest();
      if (value) this.pending.shift()?.({ done: false, value });
    }
    while (this.waiting.size > MAX_WAITING_CHANGES) this.takeOldest();
  }

  next(): Promise<IteratorResult<WorkflowChange>> {
    if (this.done) return Promise.resolve({ done: true, value: undefined });
    const value = this.takeOldest();
    if (value) return Promise.resolve({ done: false, value });
    const { promise, resolve } = Promise.withResolvers<IteratorResult<WorkflowChange>>();
    this.pending.push(resolve);
    return promise;
  }

  /** Ends it at once, also while a `next()` is pending, which then resolves as done. */
  return(): Promise<IteratorResult<WorkflowChange>> {
    if (!this.done) {
      this.done = true;
      this.waiting.clear();
      for (const resolve of this.pending.splice(0)) resolve({ done: true, value: undefined });
      this.onEnd();
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<IteratorResult<WorkflowChange>> {
    void this.return();
    return Promise.reject(error);
  }

  private takeOldest(): WorkflowChange | undefined {
    const [oldest] = this.waiting.values();
    if (oldest) this.waiting.delete(oldest.workflowId);
    return oldest;
  }
}
