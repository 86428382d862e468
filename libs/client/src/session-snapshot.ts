/** What a session publishes. Owns the phases that a page has to tell apart. */
import type { ConnectionState } from './connection-state.js';
import type { MessageState, WorkflowState } from './workflow-state.js';

/** What is known of the messages before those that are shown. */
export interface HistoryState {
  /** Whether there are any; `loadOlderMessages` reads the next page of them. */
  readonly hasOlder: boolean;
  readonly loading: boolean;
  /** Why the last page could not be read, as a sentence for people. */
  readonly problem: string | null;
}

/** What a session shows at one moment. Immutable. */
export type SessionSnapshot =
  | { readonly phase: 'loading'; readonly connection: ConnectionState; readonly problem: string | null }
  | { readonly phase: 'not-found'; readonly connection: ConnectionState }
  | {
      readonly phase: 'ready';
      readonly connection: ConnectionState;
      readonly workflow: WorkflowState;
      /** The newest part of the conversation, and the older pages that were asked for. */
      readonly messages: readonly MessageState[];
      readonly history: HistoryState;
    };
