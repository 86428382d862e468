/** The sessions of one client, one per workflow however many components use it. */
import { WorkflowSession, type WorkflowSessionOptions } from './workflow-session.js';

/** How many workflows without listeners are remembered, so that returning to one shows it at once. */
const KEPT = 16;

export class WorkflowSessions {
  private readonly sessions = new Map<string, WorkflowSession>();
  private disposed = false;

  constructor(private readonly options: Omit<WorkflowSessionOptions, 'workflowId'>) {}

  /** The session of this workflow; created, but not started, when there is none. */
  get(workflowId: string): WorkflowSession {
    let session = this.sessions.get(workflowId);
    if (!session) {
      this.forgetOldest();
      session = new WorkflowSession({ ...this.options, workflowId });
      if (this.disposed) session.dispose();
      else this.sessions.set(workflowId, session);
    }
    return session;
  }

  /** Drops a workflow, for example after it was deleted. */
  forget(workflowId: string): void {
    this.sessions.delete(workflowId);
  }

  /** Ends all sessions for good, including those requested later. */
  dispose(): void {
    this.disposed = true;
    for (const session of this.sessions.values()) session.dispose();
    this.sessions.clear();
  }

  private forgetOldest(): void {
    const idle = [...this.sessions.values()].filter((session) => !session.followed);
    const [oldest] = idle;
    if (oldest && idle.length >= KEPT) this.sessions.delete(oldest.workflowId);
  }
}
