/**
 * Loads workflows so that everything in one answer belongs to one cursor. Owns the choice between a row (cheap, enough
 * for lists) and a snapshot (needed as soon as the conversation is shown); never presents anything itself.
 */
import { Injectable } from '@nestjs/common';
import type { GraphQLResolveInfo } from 'graphql';
import type { UserId, WorkflowId } from '#libs/contracts';
import { WorkflowReader, type WorkflowView } from '#libs/persistence';
import { Rows } from '../graphql/rows.js';
import { selects } from '../graphql/selection.js';
import { presentWorkflow, presentWorkflowRow } from './workflow.presenter.js';
import type { WorkflowObject } from './workflow.type.js';

@Injectable()
export class WorkflowLoading {
  constructor(
    private readonly reader: WorkflowReader,
    private readonly rows: Rows,
  ) {}

  /** The whole workflow, read in one transaction; `null` when absent or not the owner's. */
  async snapshot(ownerId: UserId, id: WorkflowId): Promise<WorkflowObject | null> {
    const snapshot = await this.reader.workflowSnapshot(ownerId, id);
    return snapshot === null ? null : presentWorkflow(snapshot);
  }

  /** What the selection at `path` below the current field needs: a snapshot when it shows messages, else a row. */
  async selected(
    ownerId: UserId,
    id: WorkflowId,
    info: GraphQLResolveInfo,
    path: readonly string[] = [],
  ): Promise<WorkflowObject | null> {
    if (needsSnapshot(info, path)) return this.snapshot(ownerId, id);
    const row = await this.rows.workflow(ownerId, id);
    return row === null ? null : presentWorkflowRow(row);
  }

  /** Presents a row that has just been written, as the selection at `path` needs it. */
  async selectedRow(
    ownerId: UserId,
    row: WorkflowView,
    info: GraphQLResolveInfo,
    path: readonly string[],
  ): Promise<WorkflowObject> {
    const snapshot = needsSnapshot(info, path) ? await this.snapshot(ownerId, row.id) : null;
    return snapshot ?? presentWorkflowRow(row);
  }

  /** Presents the rows of a connection; with messages selected, each is read again as a snapshot. */
  async selectedRows(
    ownerId: UserId,
    rows: readonly WorkflowView[],
    info: GraphQLResolveInfo,
  ): Promise<Map<WorkflowId, WorkflowObject>> {
    const objects = new Map<WorkflowId, WorkflowObject>();
    const snapshots = needsSnapshot(info, ['nodes']) || needsSnapshot(info, ['edges', 'node']);
    for (const row of rows) {
      const snapshot = snapshots ? await this.snapshot(ownerId, row.id) : null;
      objects.set(row.id, snapshot ?? presentWorkflowRow(row));
    }
    return objects;
  }
}

function needsSnapshot(info: GraphQLResolveInfo, path: readonly string[]): boolean {
  return selects(info, [...path, 'messages']);
}
