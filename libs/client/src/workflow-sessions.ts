/** The sessions of one client, one per workflow however many components look at it. */
import { WorkflowSession, type WorkflowSessionOptions } from './workflow-session.js';

/** How many workflows that nobody looks at are remembered, so that going back to one shows it at once. */
const KEPT = 16;

export class WorkflowSessions {
  private readonly sessions = new Map<string, WorkflowSession>();
  private disposed = false;

  constructor(private readonly options: Omit<WorkflowSessionOptions, 'workflowId'>) {}

  /** The session of this workflow; made, but not started, when there is none. */
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

  /** Forgets a workflow, for instance after it was deleted. */
  forget(workflowId: string): void {
    this.sessions.delete(workflowId);
  }

  /** Ends all of them for good, also those that are still asked for. */
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
