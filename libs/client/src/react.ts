/** React's view of a session. */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { HoldfastClient } from './holdfast-client.js';
import type { SessionSnapshot } from './session-snapshot.js';
import type { WorkflowSession } from './workflow-session.js';

const ClientContext = createContext<HoldfastClient | null>(null);

/** Gives the hooks their client: `<HoldfastProvider value={client}>`. */
export const HoldfastProvider = ClientContext.Provider;

/**
 * The client of the page.
 * @throws outside of `HoldfastProvider`
 */
export function useHoldfastClient(): HoldfastClient {
  const client = useContext(ClientContext);
  if (!client) throw new Error('This needs a HoldfastProvider above it.');
  return client;
}

/**
 * A workflow as it is now, followed for as long as the component is mounted. Renders at most once a frame.
 * @throws outside of `HoldfastProvider`
 */
export function useWorkflow(workflowId: string): { snapshot: SessionSnapshot; session: WorkflowSession } {
  const session = useHoldfastClient().session(workflowId);
  return { snapshot: useSyncExternalStore(session.subscribe, session.getSnapshot, session.getSnapshot), session };
}
