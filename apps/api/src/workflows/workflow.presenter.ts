import { encodeCursor, promptLockFor, type RunId, type UserId, type WorkflowStatus } from '#libs/contracts';
import type { MessageView, RunView, WorkflowSnapshot, WorkflowView } from '#libs/persistence';
import type { MessageObject } from './message.type.js';
import type { PromptLockObject, WorkflowObject } from './workflow.type.js';

export interface LockContext {
  ownerId: UserId;
  since: string;
  runId: RunId | null;
  run?: RunView | null;
}

/** The lock for a status, or `null` when a prompt may be submitted. */
export function presentPromptLock(status: WorkflowStatus, context: LockContext): PromptLockObject | null {
  const lock = promptLockFor(status);
  if (lock === null) return null;
  return {
    reason: lock.reason,
    message: lock.message,
    since: context.since,
    ownerId: context.ownerId,
    runId: context.runId,
    run: context.run ?? undefined,
  };
}

function present(view: WorkflowView, snapshot: WorkflowSnapshot | null): WorkflowObject {
  return {
    id: view.id,
    title: view.title,
    agent: view.agent,
    status: view.status,
    role: 'OWNER',
    cursor: encodeCursor(view.id, view.cursor),
    promptLock: presentPromptLock(view.status, {
      ownerId: view.ownerId,
      since: view.statusSince.toISOString(),
      runId: view.activeRunId,
      run: snapshot?.activeRun,
    }),
    revisionsExpiredTo: view.revisionsExpiredTo,
    createdAt: view.createdAt.toISOString(),
    updatedAt: view.updatedAt.toISOString(),
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
  return {
    id: message.id,
    role: message.role,
    chunks: message.chunks,
    nextIndex: message.nextIndex,
    complete: message.complete,
    createdAt: message.createdAt.toISOString(),
    runId: message.runId,
    run: runs.find((run) => run?.id === message.runId) ?? undefined,
  };
}
