/** What a subscriber asks for and what it is given. */
import type { AppendableEvent, Cursor, SnapshotReason, WorkflowId } from '#libs/contracts';

/** A snapshot, and the position from which the stream goes on after it. */
export interface LoadedSnapshot<S> {
  cursor: Cursor;
  snapshot: S;
}

/** What a subscriber is given. Whoever applies all of it, in order, has what Postgres has. */
export type StreamDelivery<S> =
  | {
      kind: 'events';
      /** Position of the last event. Rises with every delivery, except that an empty one keeps it. */
      cursor: Cursor;
      /** Whether nothing newer is known. */
      caughtUp: boolean;
      /** Shared with other subscribers: not to be modified. Empty only to say that the subscriber has caught up. */
      events: readonly AppendableEvent[];
    }
  | {
      kind: 'snapshot';
      reason: SnapshotReason;
      /** The stream goes on after this position, which may lie before the one delivered last. */
      cursor: Cursor;
      /**
       * Ends of runs and changes of hooks that the log tells up to this position. They come before the snapshot, which
       * includes what they led to and may be newer.
       */
      events: readonly AppendableEvent[];
      snapshot: S;
    };

/** `left`: a log of another history, which is left to whoever holds the workflow, or could not be replaced now. */
export type LogReplacementResult = 'same-history' | 'replaced' | 'left';

export interface SubscriberOptions<S> {
  workflowId: WorkflowId;
  /** Where to go on; `null` for a subscriber that has nothing. */
  cursor: Cursor | null;
  /**
   * Reads the workflow with its cursor in one transaction; `null` ends the subscriber. Subscribers of one workflow share loads,
   * so the answer must not depend on who is asking.
   */
  loadSnapshot(): Promise<LoadedSnapshot<S> | null>;
  /** The epoch that Postgres had granted when it was last asked. A log that knows a later one is asked about. */
  epoch?: number;
  /** Replaces the log when Postgres has never granted its open epoch, which makes it one of another history. */
  replaceLog?(open: number): Promise<LogReplacementResult>;
  /** Bounds of one delivery (one entry may be larger). A `chunks` event counts its chunks, every other event one. */
  maxBatchEvents?: number;
  /**
   * How many bytes may arrive, beyond those delivered, since the subscriber was last caught up (or began), before it is given
   * a snapshot, reason `LAGGED`, instead of all that it missed. What was there when it began does not count.
   */
  maxLagBytes?: number;
  /** About how many bytes of unread entries this subscriber may hold, and one delivery may carry. */
  maxBufferedBytes?: number;
}
