/**
 * Loads workflows so that everything in one answer belongs to one cursor. Chooses between a row (cheap, enough for lists)
 * and a snapshot (needed when the conversation is shown).
 */
import { Injectable } from '@nestjs/common';
import type { GraphQLResolveInfo } from 'graphql';
import type { UserId, WorkflowId } from '#libs/contracts';
import { WorkflowReader, type WorkflowView } from '#libs/persistence';
import { Loaders } from '../graphql/loaders.service.js';
import type { OperationBudget } from '../graphql/operation-budget.js';
import { selects, selectsOfNodes } from '../graphql/selection.js';
import { sizeOfJson } from '../graphql/size-of-json.js';
import { presentWorkflow, presentWorkflowRow } from './workflow.presenter.js';
import type { WorkflowObject } from './workflow.type.js';

@Injectable()
export class WorkflowLoading {
  constructor(
    private readonly reader: WorkflowReader,
    private readonly loaders: Loaders,
  ) {}

  /** The workflow with the data that the selection below the current field needs, read in one transaction. */
  async selectedSnapshot(ownerId: UserId, id: WorkflowId, info: GraphQLResolveInfo): Promise<WorkflowObject | null> {
    return this.snapshot(ownerId, id, { messages: showsMessages(info, []), graph: showsGraph(info, []) });
  }

  /** Loads what the selection at `path` below the current field needs: a snapshot when it shows messages, otherwise a row. */
  async selected(
    ownerId: UserId,
    id: WorkflowId,
    info: GraphQLResolveInfo,
    path: readonly string[] = [],
  ): Promise<WorkflowObject | null> {
    if (showsMessages(info, path)) return this.snapshot(ownerId, id);
    const loader = showsGraph(info, path) ? this.loaders.workflow : this.loaders.workflowWithoutGraph;
    const row = await loader.load({ ownerId, id });
    return row === null ? null : presentWorkflowRow(row);
  }

  /** Presents a row that was just written, as the selection at `path` needs it. */
  async selectedRow(
    ownerId: UserId,
    row: WorkflowView,
    info: GraphQLResolveInfo,
    path: readonly string[],
  ): Promise<WorkflowObject> {
    const snapshot = showsMessages(info, path) ? await this.snapshot(ownerId, row.id) : null;
    return snapshot ?? presentWorkflowRow(row);
  }

  /**
   * Presents the rows of a connection; when messages are selected, each row is read again as a snapshot.
   * @param budget of the operation: limits how much is read
   */
  async selectedRows(
    ownerId: UserId,
    rows: readonly WorkflowView[],
    info: GraphQLResolveInfo,
    budget: OperationBudget,
  ): Promise<Map<WorkflowId, WorkflowObject>> {
    const objects = new Map<WorkflowId, WorkflowObject>();
    const snapshots = selectsOfNodes(info, ['messages']);
    let [bytes, longest] = [0, 0];
    for (const row of rows) {
      const snapshot = snapshots ? await this.snapshot(ownerId, row.id) : null;
      const size = sizeOfJson(snapshot?.snapshot?.messages.map(({ chunks }) => chunks) ?? []);
      bytes += size;
      longest = Math.max(longest, size);
      // One of them may hold a long run, which the budget allows for separately.
      if (bytes - longest > budget.bytesLeft) budget.charge(0, bytes);
      objects.set(row.id, snapshot ?? presentWorkflowRow(row));
    }
    return objects;
  }

  /** `null` when the workflow does not exist or belongs to another user. */
  private async snapshot(
    ownerId: UserId,
    id: WorkflowId,
    parts: { messages: boolean; graph: boolean } = { messages: true, graph: true },
  ): Promise<WorkflowObject | null> {
    const snapshot = await this.reader.workflowSnapshot(ownerId, id, parts);
    return snapshot === null ? null : presentWorkflow(snapshot);
  }
}

function showsMessages(info: GraphQLResolveInfo, path: readonly string[]): boolean {
  return selects(info, [...path, 'messages']);
}

function showsGraph(info: GraphQLResolveInfo, path: readonly string[]): boolean {
  return selects(info, [...path, 'graph']) || selects(info, [...path, 'export']);
}
