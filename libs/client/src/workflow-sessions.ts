/**
 * The sessions of one application, one per workflow however many components look at it. Owns their identity and nothing
 * of what they show.
 */
import { WorkflowSession, type WorkflowSessionOptions } from './workflow-session.js';

export class WorkflowSessions {
  private readonly sessions = new Map<string, WorkflowSession>();

  constructor(private readonly options: Omit<WorkflowSessionOptions, 'workflowId'>) {}

  /** The session of this workflow; made, but not started, when there is none. */
  get(workflowId: string): WorkflowSession {
    let session = this.sessions.get(workflowId);
    if (!session) {
      session = new WorkflowSession({ ...this.options, workflowId });
      this.sessions.set(workflowId, session);
    }
    return session;
  }

  /** Forgets a workflow, for instance after it was deleted. */
  forget(workflowId: string): void {
    this.sessions.delete(workflowId);
  }
}
