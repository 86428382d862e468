/** What a session publishes: the phases that a page must distinguish, and waiting for one of them. */
import type { ConnectionState } from './connection-state.js';
import { unlessAborted } from './unless-aborted.js';
import type { MessageState, WorkflowState } from './workflow-state.js';

/** What is known of the messages before those shown. */
export interface HistoryState {
  /** Whether there are older messages; `loadOlderMessages` reads the next page of them. */
  readonly hasOlder: boolean;
  readonly loading: boolean;
  /** Why the last page could not be read, as a sentence for users. */
  readonly problem: string | null;
}

/** The state of a session at one moment. Immutable. */
export type SessionSnapshot =
  | { readonly phase: 'loading'; readonly connection: ConnectionState; readonly problem: string | null }
  | { readonly phase: 'not-found'; readonly connection: ConnectionState }
  | {
      readonly phase: 'ready';
      readonly connection: ConnectionState;
      readonly workflow: WorkflowState;
      /** The newest part of the conversation, and the older pages that were loaded. */
      readonly messages: readonly MessageState[];
      readonly history: HistoryState;
    };

interface Observable {
  getSnapshot: () => SessionSnapshot;
  subscribe: (listener: () => void) => () => void;
}

/**
 * Follows the session until its snapshot meets `condition`.
 * @throws the reason of `signal`
 */
export async function waitFor<T extends SessionSnapshot>(
  session: Observable,
  condition: (snapshot: SessionSnapshot) => boolean,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  let unsubscribe: () => void = () => undefined;
  const met = new Promise<T>((resolve) => {
    const look = () => {
      const snapshot = session.getSnapshot();
      // `condition` has just returned true, which narrows the type when it is a type guard.
      if (condition(snapshot)) resolve(snapshot as T);
    };
    unsubscribe = session.subscribe(look);
    look();
  });
  return unlessAborted(met, signal).finally(() => unsubscribe());
}
