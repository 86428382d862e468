/**
 * React's view of a session. Owns the context and the hook; everything else works without React.
 */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { SessionSnapshot } from './session-snapshot.js';
import type { WorkflowSession } from './workflow-session.js';

/** What the hook needs of a client. */
export interface SessionSource {
  session(workflowId: string): WorkflowSession;
}

const ClientContext = createContext<SessionSource | null>(null);

/** Gives `useWorkflow` its client: `<HoldfastProvider value={client}>`. */
export const HoldfastProvider = ClientContext.Provider;

/**
 * A workflow as it is now, followed for as long as the component is mounted. Renders at most once a frame.
 * @throws outside of `HoldfastProvider`
 */
export function useWorkflow(workflowId: string): { snapshot: SessionSnapshot; session: WorkflowSession } {
  const client = useContext(ClientContext);
  if (!client) throw new Error('useWorkflow needs a HoldfastProvider above it.');
  const session = client.session(workflowId);
  return { snapshot: useSyncExternalStore(session.subscribe, session.getSnapshot, session.getSnapshot), session };
}
