/**
 * The stream side of a run, as the engine needs it. Owns the contract; an adapter keeps it in Redis.
 */
import type { AppendableEvent, Cursor, SnapshotMarkEvent, WorkflowId } from '#libs/contracts';

export interface OpenEpoch {
  workflowId: WorkflowId;
  epoch: number;
  reason: SnapshotMarkEvent['reason'];
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
  /** The last acknowledged cursor. */
  readonly cursor: Cursor;
  /**
   * Queues events behind all earlier ones; resolves with their cursor when Redis has them. Rejects with `FencedError`
   * when a later epoch is open, with `StreamLostError` when the stream is gone, with `OutputLimitError` when a cap
   * is passed. After one rejection every later append rejects alike.
   */
  append(events: readonly AppendableEvent[]): Promise<Cursor>;
  /** Resolves when everything queued so far is acknowledged. Rejects as `append` does. */
  flush(): Promise<void>;
  /** Appends the last events of a run and lets the stream expire after its retention. Nothing may follow. */
  close(events: readonly AppendableEvent[]): Promise<Cursor>;
}

export interface WorkflowStreamWriter {
  /**
   * Opens an epoch that Postgres has granted, creating the stream when there is none. The opening entry is `epoch-0`
   * and holds the snapshot mark. Opening the same epoch again is answered as done as long as nothing was appended to
   * it. Rejects with `FencedError` when a later epoch is open.
   */
  open(options: OpenEpoch): Promise<EpochWriter>;
}
