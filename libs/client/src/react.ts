import { createContext, useContext, useSyncExternalStore } from 'react';
import type { HoldfastClient } from './holdfast-client.js';
import type { SessionSnapshot } from './session-snapshot.js';
import type { WorkflowSession } from './workflow-session.js';

const ClientContext = createContext<HoldfastClient | null>(null);

/** Provides the client to the hooks: `<HoldfastProvider value={client}>`. */
export const HoldfastProvider = ClientContext.Provider;

/**
 * The client of the page.
 * @throws outside `HoldfastProvider`
 */
export function useHoldfastClient(): HoldfastClient {
  const client = useContext(ClientContext);
  if (!client) throw new Error('This needs a HoldfastProvider above it.');
  return client;
}

/**
 * The current state of a workflow, followed for as long as the component is mounted. Renders at most once per frame.
 * @throws outside `HoldfastProvider`
 */
export function useWorkflow(workflowId: string): { snapshot: SessionSnapshot; session: WorkflowSession } {
  const session = useHoldfastClient().session(workflowId);
  return { snapshot: useSyncExternalStore(session.subscribe, session.getSnapshot, session.getSnapshot), session };
}
