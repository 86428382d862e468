/**
 * All names that this project uses in Redis, except those that BullMQ makes under the queue's prefix.
 *
 * Every name begins with the instance's prefix, so that several instances can share one Redis, each with a user limited to
 * its own names. The braces are a Redis Cluster hash tag: all names of one workflow are in one slot, so one script may use
 * them together.
 */
import type { UserId, WorkerId, WorkflowId } from '#libs/contracts';

/** The start of every name of an instance. */
function before(prefix: string): string {
  return prefix === '' ? '' : `${prefix}:`;
}

/** The log itself: one entry per append, with its cursor as the id. */
export function streamKey(workflowId: WorkflowId, prefix = ''): string {
  return `${before(prefix)}{wf:${workflowId}}:stream`;
}

/**
 * A hash: `epoch` (the open one), `last` (cursor of the newest entry), `bytes` (size of the log), `ended` (the epoch of the
 * last end of a run in the log), `run` (bytes written since then, by the current run).
 */
export function metaKey(workflowId: WorkflowId, prefix = ''): string {
  return `${before(prefix)}{wf:${workflowId}}:meta`;
}

/** Every appended entry is published here, and so is the removal of the stream. */
export function eventsChannel(workflowId: WorkflowId, prefix = ''): string {
  return `${before(prefix)}{wf:${workflowId}}:events`;
}

/** Announces changes that affect a list of this owner's workflows. */
export function changesChannel(ownerId: UserId, prefix = ''): string {
  return `${before(prefix)}{user:${ownerId}}:workflows`;
}

/** Signals to all workers. Each worker listens for as long as it lives. */
export function controlChannel(prefix = ''): string {
  return `${before(prefix)}holdfast:control`;
}

/** A channel that a worker listens to for as long as it lives. Nothing is ever published on it. */
export function presenceChannel(workerId: WorkerId, prefix = ''): string {
  return `${before(prefix)}{holdfast:presence}:${workerId}`;
}

/** A key that is never written: workers show that they are alive by listening on its cluster node. */
export function presenceKey(prefix = ''): string {
  return `${before(prefix)}{holdfast:presence}`;
}

/** A key for testing whether writes are possible. Different numbers are in different cluster slots. */
export function probeKey(number: number, prefix = ''): string {
  return `${before(prefix)}{probe:${number}}`;
}

/** The prefix of the job queue's names, all of which are in one cluster slot. */
export function queuePrefix(prefix = ''): string {
  return `${before(prefix)}{${prefix || 'holdfast'}}`;
}
