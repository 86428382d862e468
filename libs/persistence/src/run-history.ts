import type { EntityManager } from 'typeorm';
import { type JsonValue, newId, type RunId, type StepId, type UserId, type WorkflowId } from '#libs/contracts';
import { RunEventEntity } from './entities/run-event.entity.js';
import { storable } from './stored-values.js';

type RunEventType =
  | 'run_created'
  | 'run_started'
  | 'run_taken_over'
  | 'run_released'
  | 'attempt_lost'
  | 'run_retried'
  | 'run_waiting'
  | 'run_resumed'
  | 'run_completing'
  | 'run_succeeded'
  | 'run_failed'
  | 'run_canceled'
  | 'step_started'
  | 'step_completed'
  | 'step_retrying'
  | 'step_failed'
  | 'hook_created'
  | 'hook_received'
  | 'hook_expired'
  | 'hook_canceled'
  | 'sleep_started'
  | 'sleep_ended'
  | 'graph_changed';

/** What an event belongs to. */
export interface HistoryPlace {
  runId: RunId;
  workflowId: WorkflowId;
  ownerId: UserId;
}

/** Adds one event, in the caller's transaction. `data` must not contain secrets: people who inspect the run see it. */
export async function appendRunEvent(
  manager: EntityManager,
  place: HistoryPlace,
  type: RunEventType,
  data: JsonValue,
  stepId: StepId | null = null,
): Promise<void> {
  await manager.insert(RunEventEntity, {
    id: newId('runEvent'),
    runId: place.runId,
    workflowId: place.workflowId,
    ownerId: place.ownerId,
    type,
    stepId,
    data: storable(data),
  });
}
