/**
 * The one tail of a workflow in this process: hears what is published, notices what was not, reads what is missing.
 * Owns the recent entries and every read of this stream; never knows what a subscriber has been delivered.
 *
 * Pub/sub only says that something happened. A message is taken as the next entry when its predecessor is at or before
 * the last entry held; everything else is read from Redis. An entry that was announced is visible to every read issued
 * afterwards, so a read that does not find it proves that Redis lost it.
 *
 * With few subscribers, whatever arrives is shown to them at once. With many it is flushed at intervals, to all at the same
 * moment, so that they stand at the same positions and one batch serves them all.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type AppendableEvent, type Cursor, compareCursors, ORIGIN_CURSOR, type WorkflowId } from '#libs/contracts';
import type { Listening } from './channel-subscriptions.js';
import { type BatchLimits, type EntryBatch, type LogEntry, type PublishedEntry, readPublished } from './log-entry.js';
import { type PageLimits, PageReads } from './page-reads.js';
import { RecentEntries } from './recent-entries.js';
import { SnapshotLoads } from './snapshot-loads.js';
import type { CursorState, StreamReader } from './stream-reader.js';

/** Listens to the channel of a workflow, as long as it takes Redis to confirm. */
export type ListenToChannel = (onMessage: (message: unknown) => void) => Listening;

export interface TailOptions extends PageLimits {
  /** How many bytes of recent entries are kept for all subscribers of a workflow together. */
  recentBytes: number;
  /** The least time between two flushes, in milliseconds, by the number of subscribers; 0 shows everything at once. */
  flushIntervalMs(subscribers: number): number;
}

/** How long a tail waits for Redis to confirm its channel before it goes on without. Subscribers wait longer for their position. */
const confirmMs = 1_000;
const retryMinMs = 25;
const retryMaxMs = 1_000;

export class WorkflowTail {
  /** Shared loads of this workflow's snapshots. */
  readonly snapshots = new SnapshotLoads<unknown>();
  /**
   * Grows whenever Redis turns out to have lost entries. What it has lost, nobody can tell: the message about the last one
   * may have got lost as well. So nobody who was following can know to have everything.
   */
  losses = 0;

  private readonly recent: RecentEntries;
  private readonly wakers = new Set<() => void>();
  private readonly reads: PageReads;
  /** The highest cursor heard of. */
  private announced: Cursor = ORIGIN_CURSOR;
  private listening: Listening | null = null;
  private established = false;
  private stopped = false;
  private catchingUp: Promise<void> | null = null;
  private lossReported = false;
  private restarting = false;
  private flushTimer: NodeJS.Timeout | null = null;
  private lastFlushAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly workflowId: WorkflowId,
    private readonly reader: StreamReader,
    private readonly options: TailOptions,
    private readonly listen: ListenToChannel,
  ) {
    this.recent = new RecentEntries(options.recentBytes);
    this.reads = new PageReads(workflowId, reader, options);
  }

  /** Whether Redis has confirmed the subscription and the position of the newest entry is known. */
  get isEstablished(): boolean {
    return this.established;
  }

  /** The newest entry held. */
  get last(): Cursor {
    return this.recent.last;
  }

  /** The batch of whoever has caught up with what is shown now. */
  get emptyBatch(): readonly AppendableEvent[] {
    return this.recent.emptyBatch;
  }

  /** How many bytes of entries arrived since this tail began. */
  get arrivedBytes(): number {
    return this.recent.addedBytes;
  }

  /** Subscribes, then finds the end of the stream, for as long as it takes. To be called once. */
  async run(): Promise<void> {
    this.listening = this.listen((message) => this.receive(message));
    // A channel that is never confirmed costs speed and nothing else: the position check finds what it would have told.
    await settledWithin(this.listening.confirmed, confirmMs);
    if (this.stopped) return;
    const last = await this.retryUntilStopped(() => this.reader.newestCursor(this.workflowId));
    if (this.stopped) return;
    this.recent.restart(last ?? ORIGIN_CURSOR);
    this.announce(this.recent.last);
    this.established = true;
    this.wakeAll();
    if (this.isBehind) void this.catchUp();
  }

  /** Ends the subscription. Reads under way are left to end by themselves. */
  stop(): void {
    this.stopped = true;
    if (this.flushTimer) clearTimeout(this.flushTimer);
    this.listening?.stop();
    this.wakeAll();
    this.wakers.clear();
  }

  /** Calls `wake` after every change that a subscriber may care about, until the returned function is called. */
  onChange(wake: () => void): () => void {
    this.wakers.add(wake);
    return () => this.wakers.delete(wake);
  }

  /** Whether nothing is known beyond this position but what the next flush brings. */
  isAtEnd(cursor: Cursor): boolean {
    if (cursor === this.announced || compareCursors(cursor, this.announced) >= 0) return true;
    return this.flushTimer !== null && !this.isBehind && compareCursors(cursor, this.recent.visible) >= 0;
  }

  /** Whether a subscriber at this position has to read pages before the recent entries serve it. */
  isBeforeRecent(cursor: Cursor): boolean {
    return this.recent.isBefore(cursor);
  }

  /** What is held behind a position, also what subscribers do not see before the next flush. */
  recentEntriesAfter(cursor: Cursor): LogEntry[] {
    return this.recent.allAfter(cursor);
  }

  recentEntryAfter(cursor: Cursor): LogEntry | null {
    return this.recent.entryAfter(cursor);
  }

  recentBatchAfter(cursor: Cursor, limits: BatchLimits): EntryBatch | null {
    return this.recent.batchAfter(cursor, limits);
  }

  /** What a cursor is to this log, without a read where the recent entries hold it. Subscribers with one cursor share one read. */
  async cursorState(cursor: Cursor): Promise<CursorState> {
    if (this.recent.knows(cursor)) return 'known';
    return this.reads.cursorState(cursor);
  }

  /**
   * The next page of entries after a position that is before the recent entries. Subscribers at one position share one read. An
   * empty page means that Redis lost what followed; report it.
   */
  pageAfter(cursor: Cursor): Promise<LogEntry[]> {
    return this.reads.page(cursor);
  }

  /**
   * Finds the end of the stream anew, because a read did not find what must have been there. `losses` is as it was when
   * that read was issued.
   */
  reportLoss(losses: number): Promise<void> {
    this.noteLoss(losses);
    return this.catchUp();
  }

  /** Compares with the stream's last cursor, as read by a command that was issued when the tail stood as in `before`. */
  compare(last: Cursor | null, before: Pick<WorkflowTail, 'last' | 'losses'>): void {
    if (!this.established || this.stopped) return;
    const newest = last ?? ORIGIN_CURSOR;
    this.announce(newest);
    if (compareCursors(newest, before.last) < 0) this.noteLoss(before.losses);
    if (this.lossReported || this.isBehind) void this.catchUp();
  }

  private receive(message: unknown): void {
    const entry = readPublished(message);
    if (!entry || this.stopped) return;
    this.announce(entry.cursor);
    if (!this.established || compareCursors(entry.cursor, this.recent.last) <= 0) return;
    if (this.continues(entry)) {
      this.recent.push(entry);
      this.scheduleFlush();
    } else void this.catchUp();
  }

  private continues(entry: PublishedEntry): boolean {
    return entry.predecessor === this.recent.last || compareCursors(entry.predecessor, this.recent.last) < 0;
  }

  private announce(cursor: Cursor): void {
    if (compareCursors(cursor, this.announced) > 0) this.announced = cursor;
  }

  private get isBehind(): boolean {
    return compareCursors(this.announced, this.recent.last) > 0;
  }

  /** One loss counts once: what was read before it was dealt with, or meanwhile, tells of it again. */
  private noteLoss(losses: number): void {
    if (losses === this.losses && !this.restarting) this.lossReported = true;
  }

  /** Reads until nothing announced is missing. One at a time, whoever asks. */
  private catchUp(): Promise<void> {
    this.catchingUp ??= this.catchUpAll().finally(() => {
      this.catchingUp = null;
      // What came in between the last look and here must not wait for the next message.
      if (!this.stopped && (this.lossReported || this.isBehind)) void this.catchUp();
    });
    return this.catchingUp;
  }

  private async catchUpAll(): Promise<void> {
    while (!this.stopped && (this.lossReported || this.isBehind)) {
      if (this.lossReported) await this.restartAtEnd();
      else await this.readMissing();
    }
  }

  private async readMissing(): Promise<void> {
    const target = this.announced;
    const page = await this.retryUntilStopped(() => this.reads.read(this.recent.last));
    if (!page || this.stopped) return;
    for (const entry of page.entries) {
      if (compareCursors(entry.cursor, this.recent.last) > 0) this.recent.push(entry);
    }
    if (page.isLast && compareCursors(this.recent.last, target) < 0) this.lossReported = true;
    this.scheduleFlush();
  }

  private async restartAtEnd(): Promise<void> {
    this.lossReported = false;
    this.restarting = true;
    this.announced = ORIGIN_CURSOR;
    const last = await this.retryUntilStopped(() => this.reader.newestCursor(this.workflowId));
    this.restarting = false;
    if (this.stopped) return;
    this.losses += 1;
    this.recent.restart(last ?? ORIGIN_CURSOR);
    this.announce(this.recent.last);
    this.wakeAll();
  }

  /** Tries a read until it works or the tail is stopped, which alone gives `null` for a read that never does. */
  private async retryUntilStopped<T>(read: () => Promise<T>): Promise<T | null> {
    for (let pauseMs = retryMinMs; !this.stopped; pauseMs = Math.min(retryMaxMs, pauseMs * 2)) {
      try {
        return await read();
      } catch {
        // The connection reports its own state; here it only means: not yet.
        await delay(pauseMs, undefined, { ref: false });
      }
    }
    return null;
  }

  /** Shows subscribers what has arrived: now, or with the next flush. */
  private scheduleFlush(): void {
    const waitMs = this.lastFlushAt + this.options.flushIntervalMs(this.wakers.size) - performance.now();
    if (waitMs <= 0) this.flush();
    else this.flushTimer ??= setTimeout(() => this.flush(), waitMs).unref();
  }

  private flush(): void {
    if (this.flushTimer) clearTimeout(this.flushTimer);
    this.flushTimer = null;
    this.lastFlushAt = performance.now();
    this.recent.flush();
    this.wakeAll();
  }

  private wakeAll(): void {
    for (const wake of this.wakers) wake();
  }
}

/** Resolves when `work` has, or after a time, and leaves no timer behind. */
function settledWithin(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms).unref();
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
