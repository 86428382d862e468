/**
 * Every name that this project uses in Redis, but for those that BullMQ makes behind the prefix of the queue.
 *
 * Every name begins with the instance's prefix, so that several instances may share one Redis, each with a user that may
 * touch its own names only. The braces are a Redis Cluster hash tag: all names of one workflow live in one slot, so one script may touch them.
 */
import type { UserId, WorkerId, WorkflowId } from '#libs/contracts';

/** What the names of an instance begin with. */
function before(prefix: string): string {
  return prefix === '' ? '' : `${prefix}:`;
}

/** The log itself: one entry per append, whose id is its cursor. */
export function streamKey(workflowId: WorkflowId, prefix = ''): string {
  return `${before(prefix)}{wf:${workflowId}}:stream`;
}

/**
 * A hash: `epoch` (the open one), `last` (cursor of the newest entry), `bytes` (size of the log), `ended` (the epoch in which
 * the run ended whose end was told last), `run` (size of what was written since, which is what the run under way wrote).
 */
export function metaKey(workflowId: WorkflowId, prefix = ''): string {
  return `${before(prefix)}{wf:${workflowId}}:meta`;
}

/** Where every appended entry is published, and that there will be no more. */
export function eventsChannel(workflowId: WorkflowId, prefix = ''): string {
  return `${before(prefix)}{wf:${workflowId}}:events`;
}

/** Where it is published that something changed that a list of this owner's workflows shows. */
export function changesChannel(ownerId: UserId, prefix = ''): string {
  return `${before(prefix)}{user:${ownerId}}:workflows`;
}

/** Signals to all workers. Each of them listens to it as long as it lives. */
export function controlChannel(prefix = ''): string {
  return `${before(prefix)}holdfast:control`;
}

/** A channel to which a worker listens as long as it lives. Nothing is ever published there. */
export function presenceChannel(workerId: WorkerId, prefix = ''): string {
  return `${before(prefix)}{holdfast:presence}:${workerId}`;
}

/** A key that is never written: its node of a cluster is where workers listen to show that they live. */
export function presenceKey(prefix = ''): string {
  return `${before(prefix)}{holdfast:presence}`;
}

/** A key to write to in order to know whether that is possible. Different numbers lie in different slots of a cluster. */
export function probeKey(number: number, prefix = ''): string {
  return `${before(prefix)}{probe:${number}}`;
}

/** What stands before the names of the job queue, all of which lie in one slot of a cluster. */
export function queuePrefix(prefix = ''): string {
  return `${before(prefix)}{${prefix || 'holdfast'}}`;
}
