/**
 * Deletes workflows: the fact in Postgres first, then what Redis holds of it, which also tells those who watch. Owns this
 * order. Only the first part decides.
 */
import { Injectable, Logger } from '@nestjs/common';
import type { UserId, WorkflowId } from '#libs/contracts';
import { type DeleteWorkflowResult, WorkflowEditing } from '#libs/persistence';
import { StreamRemoval } from '#libs/stream';

@Injectable()
export class WorkflowDeleting {
  private readonly logger = new Logger(WorkflowDeleting.name);

  constructor(
    private readonly editing: WorkflowEditing,
    private readonly removal: StreamRemoval,
  ) {}

  /** Resolves when Postgres has decided. */
  async delete(ownerId: UserId, workflowId: WorkflowId): Promise<DeleteWorkflowResult> {
    const result = await this.editing.deleteWorkflow(ownerId, workflowId);
    if (result.kind !== 'deleted') return result;
    this.logger.log({ msg: 'workflow deleted', workflowId });
    this.removal.remove(workflowId, result.epoch).catch((error: unknown) => {
      // A log that was closed expires by itself, and whoever watches learns it with the next subscription.
      this.logger.warn({ msg: 'stream of a deleted workflow not removed', workflowId, err: error });
    });
    return result;
  }
}
