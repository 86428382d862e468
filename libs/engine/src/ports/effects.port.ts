/**
 * What has to happen outside Postgres after a commit. Each effect may be performed again, also by a repair that found its
 * rows, and none may decide anything: what it says stands in Postgres already.
 */
import type { AppendableEvent, RunId, UserId, WorkflowId } from '#libs/contracts';
import type { GrantedEpoch } from './workflow-stream.port.js';

export type Effect =
  /** Makes sure that the next attempt at the run has a job. `attempts` counts those that have begun. */
  | { type: 'dispatch-run'; runId: RunId; attempts: number }
  /** Tells lists that they show the workflow as it was. May get lost. */
  | { type: 'workflow-changed'; ownerId: UserId; workflowId: WorkflowId; deleted: boolean }
  | OpenEpochEffect
  /** Makes the worker of a canceled run look at its claim at once. May get lost. */
  | { type: 'cancel-signal'; runId: RunId }
  /** Removes the log of a workflow that is gone. `epoch` comes after every epoch that the workflow has had. */
  | { type: 'remove-stream'; workflowId: WorkflowId; epoch: number };

/** Opens an epoch that nobody holds, appends `events`, and records that the terminal events in `ends` are published. */
export interface OpenEpochEffect extends Omit<GrantedEpoch, 'reason'> {
  type: 'open-epoch';
  events: readonly AppendableEvent[];
  /** Whether the log begins to expire at the same moment. `events` is empty then. */
  closes: boolean;
}

/** What a command answers once it is committed: its result, and what follows from it, in the order to perform it in. */
export interface Committed<T> {
  result: T;
  effects: readonly Effect[];
}

/** Starts to perform effects. Returns at once and never throws. */
export type PerformEffects = (effects: readonly Effect[]) => void;
