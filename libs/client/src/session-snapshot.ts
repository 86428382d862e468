/** What a session publishes. Owns the phases that a page has to tell apart. */
import type { ConnectionState } from './connection-state.js';
import type { MessageState, WorkflowState } from './workflow-state.js';

/** What a session shows at one moment. Immutable. */
export type SessionSnapshot =
  | { readonly phase: 'loading'; readonly connection: ConnectionState; readonly problem: string | null }
  | { readonly phase: 'not-found'; readonly connection: ConnectionState }
  | {
      readonly phase: 'ready';
      readonly connection: ConnectionState;
      readonly workflow: WorkflowState;
      readonly messages: readonly MessageState[];
    };
