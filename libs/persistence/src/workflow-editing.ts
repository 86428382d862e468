/**
 * What an owner does to a workflow besides prompting: another title, or its removal. Owns the rule that nothing is
 * removed under a run.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { promptLockFor, type UserId, type WorkflowId, type WorkflowStatus } from '#libs/contracts';
import { WorkflowEntity } from './entities/workflow.entity.js';
import type { WorkflowView } from './read-models.js';
import { databaseNow } from './run-ending.js';
import { inTransaction } from './transactions.js';
import { workflowView } from './views.js';
import { lockWorkflow } from './workflow-lock.js';

export type RenameWorkflowResult = { kind: 'renamed'; workflow: WorkflowView } | { kind: 'not-found' };

export type DeleteWorkflowResult =
  /** `epoch` comes after every epoch that the workflow has had. */
  { kind: 'deleted'; epoch: number } | { kind: 'not-found' } | { kind: 'locked'; status: WorkflowStatus };

@Injectable()
export class WorkflowEditing {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Sets a title that is the workflow's own from then on. `title` is trimmed and not empty. Idempotent. */
  renameWorkflow(ownerId: UserId, id: WorkflowId, title: string): Promise<RenameWorkflowResult> {
    return inTransaction(this.dataSource, async (manager): Promise<RenameWorkflowResult> => {
      if (!(await lockWorkflow(manager, { id, ownerId }))) return { kind: 'not-found' };
      await manager.update(WorkflowEntity, { id }, { title, titleIsOwn: true, updatedAt: databaseNow });
      return { kind: 'renamed', workflow: workflowView(await manager.findOneByOrFail(WorkflowEntity, { id })) };
    });
  }

  /** Removes the workflow and everything that belongs to it, unless a run is under way. */
  deleteWorkflow(ownerId: UserId, id: WorkflowId): Promise<DeleteWorkflowResult> {
    let epoch: number | null = null;
    return inTransaction(this.dataSource, async (manager): Promise<DeleteWorkflowResult> => {
      const workflow = await lockWorkflow(manager, { id, ownerId });
      // The reply to an earlier COMMIT may have been lost: what this very call has seen is gone by its own doing.
      if (!workflow) return epoch === null ? { kind: 'not-found' } : { kind: 'deleted', epoch };
      epoch = workflow.epoch + 1;
      if (promptLockFor(workflow.status)) return { kind: 'locked', status: workflow.status };
      await manager.delete(WorkflowEntity, { id });
      return { kind: 'deleted', epoch };
    });
  }
}
