/**
 * Every name that this project uses in Redis outside of its job queue. Owns their spelling; never reads or writes one.
 *
 * The braces are a Redis Cluster hash tag: all names of one workflow live in one slot, so one script may touch them.
 */
import type { UserId, WorkflowId } from '#libs/contracts';

/** The log itself: one entry per append, whose id is its cursor. */
export function streamKey(workflowId: WorkflowId): string {
  return `{wf:${workflowId}}:stream`;
}

/**
 * A hash: `epoch` (the open one), `last` (cursor of the newest entry), `bytes` (size of the log), `ended` (the epoch in which
 * the run ended whose end was told last), `run` (size of what was written since, which is what the run under way wrote).
 */
export function metaKey(workflowId: WorkflowId): string {
  return `{wf:${workflowId}}:meta`;
}

/** Where every appended entry is published, and that there will be no more. */
export function eventsChannel(workflowId: WorkflowId): string {
  return `{wf:${workflowId}}:events`;
}

/** Where it is published that something changed that a list of this owner's workflows shows. */
export function changesChannel(ownerId: UserId): string {
  return `{user:${ownerId}}:workflows`;
}

/** Signals to all workers. */
export const controlChannelName = 'holdfast:control';
