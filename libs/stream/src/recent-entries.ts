/**
 * The newest entries of one stream, within a limit of bytes, shared by all subscribers of a process. Guarantees that
 * nothing is missing between `start` and `last`, and tracks how far subscribers may see.
 */
import { type AppendableEvent, type Cursor, compareCursors, ORIGIN_CURSOR } from '#libs/contracts';
import { type BatchLimits, type EntryBatch, joinEntries, type LogEntry } from './log-entry.js';

/** Batches cached for subscribers at the same position. */
const MAX_CACHED_BATCHES = 32;

export class RecentEntries {
  /**
   * The empty batch of all subscribers that have caught up; sharing it lets them share one execution and one serialised
   * text.
   */
  emptyBatch: readonly AppendableEvent[] = [];
  /** Everything after this position up to `last` is held. */
  start: Cursor = ORIGIN_CURSOR;
  last: Cursor = ORIGIN_CURSOR;
  /** Position of the newest entry that is shown to subscribers. */
  visible: Cursor = ORIGIN_CURSOR;
  /** Total bytes ever added. */
  addedBytes = 0;
  private entries: LogEntry[] = [];
  private bytes = 0;
  /** The index of the entry after a cursor, counted from the first entry ever pushed. */
  private readonly positions = new Map<Cursor, number>();
  private evicted = 0;
  /** The number of entries shown, counted from the first entry ever pushed. */
  private shown = 0;
  /** Subscribers at one position get the same batch object, so that it is serialised only once. */
  private readonly batches = new Map<string, EntryBatch>();

  constructor(private readonly maxBytes: number) {}

  /** Drops everything and starts after `last`. */
  restart(last: Cursor): void {
    this.start = last;
    this.last = last;
    this.visible = last;
    this.entries = [];
    this.bytes = 0;
    this.evicted = 0;
    this.shown = 0;
    this.emptyBatch = [];
    this.batches.clear();
    this.positions.clear();
    this.positions.set(last, 0);
  }

  /** Adds the entry that comes next in Redis after `last`. Subscribers see it after the next `flush()`. */
  push(entry: LogEntry): void {
    this.entries.push(entry);
    this.bytes += entry.bytes;
    this.addedBytes += entry.bytes;
    this.last = entry.cursor;
    this.positions.set(entry.cursor, this.evicted + this.entries.length);
    let surplus = 0;
    while (this.bytes > this.maxBytes && surplus < this.entries.length - 1) {
      const oldest = this.entries[surplus] as LogEntry;
      this.positions.delete(this.start);
      this.bytes -= oldest.bytes;
      this.start = oldest.cursor;
      surplus += 1;
    }
    if (surplus > 0) {
      this.entries.splice(0, surplus);
      this.evicted += surplus;
    }
  }

  /** Shows subscribers everything that was added. Subscribers at the same position get the same batches. */
  flush(): void {
    this.batches.clear();
    this.emptyBatch = [];
    this.shown = this.evicted + this.entries.length;
    this.visible = this.last;
  }

  /** Whether a subscriber at this position can be served without asking Redis. */
  knows(cursor: Cursor): boolean {
    return cursor !== ORIGIN_CURSOR && this.positions.has(cursor);
  }

  /** Whether a subscriber at this position has to read from Redis first. */
  isBefore(cursor: Cursor): boolean {
    return !this.positions.has(cursor) && compareCursors(cursor, this.start) < 0;
  }

  /** The first entry after a position that is not before `start`; `null` when none is shown. */
  entryAfter(cursor: Cursor): LogEntry | null {
    const index = this.indexAfter(cursor);
    return index < this.shown - this.evicted ? (this.entries[index] ?? null) : null;
  }

  /** Like `joinEntries`, from the first entry after a position that is not before `start`. */
  batchAfter(cursor: Cursor, limits: BatchLimits): EntryBatch | null {
    const key = `${cursor}/${limits.maxEvents}/${limits.maxBytes}`;
    const ready = this.batches.get(key);
    if (ready) return ready;
    const batch = joinEntries(this.entries, this.indexAfter(cursor), limits, this.shown - this.evicted);
    if (!batch) return null;
    // Subscribers arriving at many positions while nothing new is shown must not pile up batches.
    if (this.batches.size >= MAX_CACHED_BATCHES) this.batches.delete(this.batches.keys().next().value ?? '');
    this.batches.set(key, batch);
    return batch;
  }

  /** Everything held after a position, including entries that are not shown yet. */
  allAfter(cursor: Cursor): LogEntry[] {
    return this.entries.slice(this.indexAfter(cursor));
  }

  private indexAfter(cursor: Cursor): number {
    const position = this.positions.get(cursor);
    if (position !== undefined) return position - this.evicted;
    if (compareCursors(cursor, this.last) >= 0) return this.entries.length;
    return this.entries.findIndex((entry) => compareCursors(entry.cursor, cursor) > 0);
  }
}
