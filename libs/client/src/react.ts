/**
 * React's view of a session. Owns the context and the hook; everything else works without React.
 */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { SessionSnapshot } from './session-snapshot.js';
import type { WorkflowSession } from './workflow-session.js';
import type { WorkflowSessions } from './workflow-sessions.js';

const SessionsContext = createContext<WorkflowSessions | null>(null);

/** Gives `useWorkflow` its sessions. */
export const WorkflowSessionsProvider = SessionsContext.Provider;

/**
 * A workflow as it is now, followed for as long as the component is mounted. Renders at most once a frame.
 * @throws outside of `WorkflowSessionsProvider`
 */
export function useWorkflow(workflowId: string): { snapshot: SessionSnapshot; session: WorkflowSession } {
  const sessions = useContext(SessionsContext);
  if (!sessions) throw new Error('useWorkflow needs a WorkflowSessionsProvider above it.');
  const session = sessions.get(workflowId);
  return { snapshot: useSyncExternalStore(session.subscribe, session.getSnapshot), session };
}
