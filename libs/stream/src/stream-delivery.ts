/** What a subscriber asks for and what it receives. */
import type { AppendableEvent, Cursor, SnapshotReason, WorkflowId } from '#libs/contracts';

/** A snapshot, and the position after which the stream continues. */
export interface LoadedSnapshot<S> {
  cursor: Cursor;
  snapshot: S;
}

/** What a subscriber receives. A subscriber that applies all of it in order has the same state as Postgres. */
export type StreamDelivery<S> =
  | {
      kind: 'events';
      /** Position of the last event. Rises with every delivery, except that an empty one keeps it. */
      cursor: Cursor;
      /** Whether nothing newer is known. */
      caughtUp: boolean;
      /** Shared with other subscribers: do not modify. Empty only to say that the subscriber has caught up. */
      events: readonly AppendableEvent[];
    }
  | {
      kind: 'snapshot';
      reason: SnapshotReason;
      /** The stream continues after this position, which may be before the last one delivered. */
      cursor: Cursor;
      /**
       * Ends of runs and changes of hooks in the log up to this position. They are delivered before the snapshot, which
       * includes their results and may be newer.
       */
      events: readonly AppendableEvent[];
      snapshot: S;
    };

/** `left`: a log of another history that was not replaced, because a worker holds the workflow or because it failed for now. */
export type LogReplacementResult = 'same-history' | 'replaced' | 'left';

export interface SubscriberOptions<S> {
  workflowId: WorkflowId;
  /** Where to continue; `null` for a subscriber without state. */
  cursor: Cursor | null;
  /**
   * Reads the workflow and its cursor in one transaction; `null` ends the subscriber. Subscribers of one workflow share
   * loads, so the result must not depend on the caller.
   */
  loadSnapshot(): Promise<LoadedSnapshot<S> | null>;
  /** The newest epoch that Postgres had granted when last asked. A log with a later epoch is checked. */
  epoch?: number;
  /** Replaces the log when Postgres never granted its open epoch, so that it belongs to another history. */
  replaceLog?(open: number): Promise<LogReplacementResult>;
  /** Bounds of one delivery (one entry may be larger). A `chunks` event counts its chunks, every other event one. */
  maxBatchEvents?: number;
  /**
   * How many bytes may arrive without being delivered, since the subscriber was last caught up (or began), before it gets a
   * snapshot with reason `LAGGED` instead of everything it missed. Entries that existed when it began do not count.
   */
  maxLagBytes?: number;
  /** About how many bytes of unread entries this subscriber may hold, and one delivery may contain. */
  maxBufferedBytes?: number;
}
