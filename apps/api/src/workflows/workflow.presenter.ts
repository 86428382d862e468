import { encodeCursor, promptLockFor, type RunId, type UserId, type WorkflowStatus } from '#libs/contracts';
import type { MessageView, RunView, WorkflowSnapshot, WorkflowView } from '#libs/persistence';
import type { Instant } from '../graphql/scalars.js';
import type { MessageObject } from './message.type.js';
import type { PromptLockObject, WorkflowObject } from './workflow.type.js';

export interface LockContext {
  ownerId: UserId;
  since: Instant;
  runId: RunId | null;
  run?: RunView | null | undefined;
}

/** The lock for a status, or `null` when a prompt may be submitted. */
export function presentPromptLock(status: WorkflowStatus, context: LockContext): PromptLockObject | null {
  const lock = promptLockFor(status);
  return lock && { ...lock, ...context };
}

function present(view: WorkflowView, snapshot: WorkflowSnapshot | null): WorkflowObject {
  const { ownerId, statusSince: since, activeRunId: runId } = view;
  return {
    ...view,
    role: 'OWNER',
    cursor: encodeCursor(view.id, view.cursor),
    promptLock: presentPromptLock(view.status, { ownerId, since, runId, run: snapshot?.activeRun }),
    view,
    snapshot,
  };
}

/** A row of a list. Its messages must not be resolved, because they would come from another transaction. */
export function presentWorkflowRow(view: WorkflowView): WorkflowObject {
  return present(view, null);
}

export function presentWorkflow(snapshot: WorkflowSnapshot): WorkflowObject {
  return present(snapshot.workflow, snapshot);
}

/** `runs` must come from the same transaction as the message. */
export function presentMessage(message: MessageView, runs: readonly (RunView | null)[]): MessageObject {
  return { ...message, run: runs.find((run) => run?.id === message.runId) };
}
