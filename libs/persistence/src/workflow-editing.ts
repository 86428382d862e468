/** An owner's changes to a workflow besides prompting: renaming and deleting it. No workflow is deleted during a run. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { promptLockFor, type UserId, type WorkflowId, type WorkflowStatus } from '#libs/contracts';
import type { Committed } from '#libs/engine';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { databaseNow } from './stored-values.js';
import { inTransaction } from './transactions.js';
import { type WorkflowView, workflowView } from './views.js';
import { lockWorkflow, workflowChanged } from './workflow-lock.js';

export type RenameWorkflowResult = { kind: 'renamed'; workflow: WorkflowView } | { kind: 'not-found' };

export type DeleteWorkflowResult =
  | { kind: 'deleted' }
  | { kind: 'not-found' }
  | { kind: 'locked'; status: WorkflowStatus };

@Injectable()
export class WorkflowEditing {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Sets a title that is the workflow's own from then on. `title` must be trimmed and not empty. Idempotent. */
  renameWorkflow(ownerId: UserId, id: WorkflowId, title: string): Promise<Committed<RenameWorkflowResult>> {
    return inTransaction(this.dataSource, async (manager): Promise<Committed<RenameWorkflowResult>> => {
      if (!(await lockWorkflow(manager, { id, ownerId }))) return { result: { kind: 'not-found' }, effects: [] };
      await manager.update(WorkflowEntity, { id }, { title, titleIsOwn: true, updatedAt: databaseNow });
      const workflow = workflowView(await manager.findOneByOrFail(WorkflowEntity, { id }));
      return { result: { kind: 'renamed', workflow }, effects: [workflowChanged({ ownerId, workflowId: id })] };
    });
  }

  /** Deletes the workflow and everything that belongs to it, unless a run is in progress. */
  deleteWorkflow(ownerId: UserId, id: WorkflowId): Promise<Committed<DeleteWorkflowResult>> {
    let deleted: Committed<DeleteWorkflowResult> | null = null;
    return inTransaction(this.dataSource, async (manager): Promise<Committed<DeleteWorkflowResult>> => {
      const workflow = await lockWorkflow(manager, { id, ownerId });
      // The reply to an earlier COMMIT may have been lost: if an earlier try saw the workflow, this call has deleted it.
      if (!workflow) return deleted ?? { result: { kind: 'not-found' }, effects: [] };
      if (promptLockFor(workflow.status)) return { result: { kind: 'locked', status: workflow.status }, effects: [] };
      deleted = {
        result: { kind: 'deleted' },
        effects: [
          { type: 'workflow-changed', ownerId, workflowId: id, deleted: true },
          { type: 'remove-stream', workflowId: id, epoch: workflow.epoch + 1 },
        ],
      };
      await manager.delete(WorkflowEntity, { id });
      return deleted;
    });
  }
}
