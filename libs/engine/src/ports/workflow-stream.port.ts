/** The stream of a workflow, as the engine needs it; the adapter uses Redis. */
import type { AppendableEvent, Cursor, ResyncMarkerEvent, RunId, WorkflowId } from '#libs/contracts';

/** The terminal event of a run. It counts as published once it is in the stream. */
export interface RunEnd {
  runId: RunId;
  /** The epoch in which the run ended. Identifies this end: a run that is retried ends again in a later epoch. */
  epoch: number;
  /** The steps and hooks that ended with the run, followed by the terminal event. */
  events: readonly AppendableEvent[];
}

/** An epoch granted by Postgres, with all ends that may be unpublished, oldest first. */
export interface GrantedEpoch {
  workflowId: WorkflowId;
  epoch: number;
  reason: ResyncMarkerEvent['reason'];
  ends: readonly RunEnd[];
}

/**
 * Grants epochs, in Postgres. A log with an epoch that was never granted belongs to another history: Postgres was restored
 * from a backup, and Redis was not.
 */
export interface EpochGrants {
  /**
   * Replaces a granted epoch with one beyond `ahead`, the open epoch of such a log. `null` when a later epoch was granted
   * in the meantime: the caller is fenced.
   */
  grantBeyond(granted: Pick<GrantedEpoch, 'workflowId' | 'epoch'>, ahead: number): Promise<number | null>;
}

export interface OpenEpoch extends GrantedEpoch {
  /**
   * For an attempt: the index of the message's next chunk, as far as the store knows. The writer goes on there, or later if
   * more may have been sent, and gives every chunk its index.
   */
  nextIndex?: number;
  /**
   * Called once per acknowledged entry, in order and synchronously, with all events of the entry. The events passed so far
   * are exactly those at or before `cursor`.
   */
  onAppended?: (cursor: Cursor, events: readonly AppendableEvent[]) => void;
}

/**
 * Appends to one epoch. What is appended before the caller awaits anything is sent together, and so is what is appended while
 * an entry is in flight.
 */
export interface EpochWriter {
  /** The index that the next chunk gets; 0 if the epoch was not opened for an attempt. */
  readonly nextIndex: number;
  /** The last acknowledged cursor. Before the first append, that of the opening entry, which shows the epoch. */
  readonly cursor: Cursor;
  /**
   * Queues events after all earlier ones; resolves with their cursor when Redis has them. Rejects with `FencedError` when a
   * later epoch is open, with `StreamLostError` when the stream is gone, with `OutputLimitError` when a size limit is
   * exceeded. After one rejection every later append rejects with the same error.
   */
  append(events: readonly AppendableEvent[]): Promise<Cursor>;
  /** Resolves when everything queued so far is acknowledged. Rejects as `append` does. */
  flush(): Promise<void>;
  /** As `append`, for what ends the message: also past the size limits, and after an `OutputLimitError`. */
  finish(events: readonly AppendableEvent[]): Promise<Cursor>;
  /**
   * Appends the last events of a run, even past the size limits, and lets the stream expire after its retention. Nothing
   * may follow.
   */
  close(events: readonly AppendableEvent[]): Promise<Cursor>;
}

export interface WorkflowStreamWriter {
  /**
   * Opens an epoch, creating the stream when there is none. The opening entry is `epoch-0` and holds the resync marker and
   * the ends that the log does not hold yet. Idempotent as long as nothing was appended to the epoch. Rejects with
   * `FencedError` when a later epoch is open: its opener has published the ends. A log of another history is replaced,
   * under an epoch that is granted in place of this one.
   */
  open(options: OpenEpoch): Promise<EpochWriter>;
  /** As `open`, for an epoch that was taken only to publish ends: the log starts to expire at the same time. */
  openAndClose(options: GrantedEpoch): Promise<void>;
}
