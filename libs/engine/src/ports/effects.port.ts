/**
 * Effects outside Postgres after a commit. Each must be safe to perform again, for example by a repair, and none may decide
 * anything: it only conveys what Postgres already says.
 */
import type { AppendableEvent, RunId, UserId, WorkflowId } from '#libs/contracts';
import type { GrantedEpoch } from './workflow-stream.port.js';

export type Effect =
  /** Makes sure that the next attempt at the run has a job. `attempts` counts those that have begun. */
  | { type: 'dispatch-run'; runId: RunId; attempts: number }
  /** Tells lists of workflows to refresh this one. May get lost. */
  | { type: 'workflow-changed'; ownerId: UserId; workflowId: WorkflowId; deleted: boolean }
  | OpenEpochEffect
  /** Makes the worker of a canceled run check its claim at once. May get lost. */
  | { type: 'cancel-signal'; runId: RunId }
  /** Removes the log of a deleted workflow. `epoch` is later than every epoch of the workflow. */
  | { type: 'remove-stream'; workflowId: WorkflowId; epoch: number };

/** Opens an epoch that no worker holds, appends `events`, and records that the terminal events in `ends` are published. */
export interface OpenEpochEffect extends Omit<GrantedEpoch, 'reason'> {
  type: 'open-epoch';
  events: readonly AppendableEvent[];
  /** Whether the log starts to expire at the same time. `events` is then empty. */
  closes: boolean;
}

/** The result of a committed command, and its effects in the order in which to perform them. */
export interface Committed<T> {
  result: T;
  effects: readonly Effect[];
}

/** Starts to perform effects. Returns at once and never throws. */
export type PerformEffects = (effects: readonly Effect[]) => void;
