/** The workflow sessions of a page: one set per network, for as long as the page lives. */
import { WorkflowSessions } from '#libs/client';
import type { Network } from './apollo-client.js';
import { createWorkflowTransport } from './workflow-transport.js';

const sessions = new WeakMap<Network, WorkflowSessions>();

export function sessionsOf(network: Network): WorkflowSessions {
  let existing = sessions.get(network);
  if (!existing) {
    existing = new WorkflowSessions({ transport: createWorkflowTransport(network) });
    sessions.set(network, existing);
  }
  return existing;
}
