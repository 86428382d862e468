/**
 * The stream side of a run, as the engine needs it. Owns the contract; an adapter keeps it in Redis.
 */
import type { AppendableEvent, Cursor, ResyncMarkerEvent, RunId, WorkflowId } from '#libs/contracts';

/** The terminal event of a run. It is published once it stands in the stream. */
export interface RunEnd {
  runId: RunId;
  /** The epoch in which it ended. Names this end: a run that is tried again ends again in a later one. */
  epoch: number;
  /** The terminal event, behind what ended with the run. */
  events: readonly AppendableEvent[];
}

/** An epoch that Postgres has granted, with the ends that may not be published yet: oldest first, none left out. */
export interface GrantedEpoch {
  workflowId: WorkflowId;
  epoch: number;
  reason: ResyncMarkerEvent['reason'];
  ends: readonly RunEnd[];
}

/**
 * Who grants epochs, which is Postgres. A log that knows an epoch that was never granted is of another history: Postgres was
 * restored from a backup, and Redis was not.
 */
export interface EpochGrants {
  /**
   * An epoch beyond `ahead`, the open one of such a log, in place of a granted one. `null` when a later one than that was
   * granted in the meantime: whoever asks is fenced.
   */
  grantBeyond(granted: Pick<GrantedEpoch, 'workflowId' | 'epoch'>, ahead: number): Promise<number | null>;
}

export interface OpenEpoch extends GrantedEpoch {
  /**
   * Called once per acknowledged entry, in order and synchronously, with everything that the entry holds. What it has
   * been told of is exactly what stands at or before `cursor`.
   */
  onAppended?: (cursor: Cursor, events: readonly AppendableEvent[]) => void;
}

/**
 * Appends to one epoch. The first append leaves at once; what is given while one is in flight gathers and leaves
 * together.
 */
export interface EpochWriter {
  /** The last acknowledged cursor. Before the first append, the place of the opening entry, which tells the epoch. */
  readonly cursor: Cursor;
  /**
   * Queues events behind all earlier ones; resolves with their cursor when Redis has them. Rejects with `FencedError`
   * when a later epoch is open, with `StreamLostError` when the stream is gone, with `OutputLimitError` when a cap
   * is passed. After one rejection every later append rejects alike.
   */
  append(events: readonly AppendableEvent[]): Promise<Cursor>;
  /** Resolves when everything queued so far is acknowledged. Rejects as `append` does. */
  flush(): Promise<void>;
  /** As `append`, for what ends the message: also past the caps, and after an `OutputLimitError`. */
  finish(events: readonly AppendableEvent[]): Promise<Cursor>;
  /** Appends the last events of a run, also past the caps, and lets the stream expire after its retention. Nothing may follow. */
  close(events: readonly AppendableEvent[]): Promise<Cursor>;
}

export interface WorkflowStreamWriter {
  /**
   * Opens an epoch, creating the stream when there is none. The opening entry is `epoch-0` and holds the resync marker and
   * those of the ends that the log does not hold. Opening the same epoch again is answered as done as long as nothing was
   * appended to it. Rejects with `FencedError` when a later epoch is open: whoever opened it has published the ends. A log of
   * another history is replaced, under an epoch that is granted in place of this one.
   */
  open(options: OpenEpoch): Promise<EpochWriter>;
  /** As `open`, for an epoch that was taken only to publish ends: at the same moment the log begins to expire. */
  openAndClose(options: GrantedEpoch): Promise<void>;
}
