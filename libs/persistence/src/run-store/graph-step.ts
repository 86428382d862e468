/**
 * A step that edits the graph. The edit, the new graph, the step's result and the event for viewers are stored in one
 * transaction, so an edit happens exactly once.
 */
import type { EntityManager } from 'typeorm';
import type { GraphEvent, JsonValue, StepId, StepSummary, UIMessageChunk } from '#libs/contracts';
import type { GraphEditOutcome, RunClaim } from '#libs/engine';
import { graphEvent, isEmptyPatch, type WorkflowGraph } from '#libs/graph';
import { RunEventEntity } from '../entities/run-event.entity.js';
import { StepEntity } from '../entities/step.entity.js';
import { WorkflowEntity } from '../entities/workflow.entity.js';
import { appendRunEvent } from '../run-history.js';
import { databaseNow, storable } from '../stored-values.js';
import { json, stepSummary } from '../views.js';
import type { LockedWorkflow } from '../workflow-lock.js';
import { completeStep } from './step-progress.js';

export interface CompletedGraphStep {
  step: StepSummary;
  output: JsonValue;
  chunks: UIMessageChunk[];
  event: GraphEvent | null;
}

export async function completeGraphStep(
  manager: EntityManager,
  claim: RunClaim,
  workflow: LockedWorkflow,
  stepId: StepId,
  edit: (graph: WorkflowGraph) => GraphEditOutcome,
): Promise<CompletedGraphStep> {
  const step = await manager.findOneOrFail(StepEntity, {
    select: { id: true, status: true },
    where: { id: stepId, runId: claim.runId },
  });
  if (step.status === 'SUCCEEDED') return storedGraphStep(manager, stepId);

  const { graph } = await manager.findOneOrFail(WorkflowEntity, {
    select: { id: true, graph: true },
    where: { id: workflow.id },
  });
  const outcome = edit(graph);
  const event = isEmptyPatch(outcome.patch) ? null : graphEvent(workflow.graphRevision + 1, outcome);
  if (event) {
    await manager.update(
      WorkflowEntity,
      { id: workflow.id },
      {
        graph: storable(outcome.graph),
        graphIssues: storable(outcome.issues),
        graphRevision: event.revision,
        updatedAt: databaseNow,
      },
    );
    await appendRunEvent(manager, claim, 'graph_changed', asJson(event), stepId);
  }
  const { output, chunks, usage } = outcome;
  const result = { output, chunks, usage };
  const summary = await completeStep(manager, claim, { stepId, result, checkpoint: null });
  return { step: summary, output, chunks, event };
}

/** What an earlier call for this step stored and returned. */
async function storedGraphStep(manager: EntityManager, stepId: StepId): Promise<CompletedGraphStep> {
  const row = await manager
    .createQueryBuilder(StepEntity, 'step')
    .addSelect('step.chunks')
    .where({ id: stepId })
    .getOneOrFail();
  const announced = await manager.findOneBy(RunEventEntity, { runId: row.runId, stepId, type: 'graph_changed' });
  // Written above, from a GraphEvent, to an append-only table.
  const event = (announced?.data ?? null) as GraphEvent | null;
  return { step: stepSummary(row), output: json(row.output), chunks: row.chunks as UIMessageChunk[], event };
}

/** An event is pure JSON, which TypeScript cannot infer from an interface. */
function asJson(event: GraphEvent): JsonValue {
  return event as unknown as JsonValue;
}
