/**
 * The single tail of a workflow in this process, shared by its subscribers. It listens for published entries, detects
 * missing ones, and does all reads of this stream.
 *
 * Pub/sub only signals that something happened. A message counts as the next entry when its predecessor is at or before the
 * last entry held; everything else is read from Redis. An announced entry is visible to every read issued afterwards, so a
 * read that does not find it proves that Redis lost it.
 *
 * With few subscribers, entries are shown at once. With many, they are flushed at intervals to all subscribers together, so
 * that these stay at the same positions and share one batch.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type AppendableEvent, type Cursor, compareCursors, ORIGIN_CURSOR, type WorkflowId } from '#libs/contracts';
import type { Listening } from './channel-subscriptions.js';
import { type BatchLimits, type EntryBatch, type LogEntry, type PublishedEntry, readPublished } from './log-entry.js';
import { type PageLimits, PageReads } from './page-reads.js';
import { RecentEntries } from './recent-entries.js';
import { SnapshotLoads } from './snapshot-loads.js';
import type { CursorState, StreamReader } from './stream-reader.js';

/** Listens to the channel of a workflow; waits as long as Redis takes to confirm. */
export type ListenToChannel = (onMessage: (message: unknown) => void) => Listening;

export interface TailOptions extends PageLimits {
  /** How many bytes of recent entries are kept for all subscribers of a workflow together. */
  recentBytes: number;
  /** Minimum time between two flushes, in milliseconds, by the number of subscribers; 0 shows everything at once. */
  flushIntervalMs(subscribers: number): number;
}

/**
 * How long a tail waits for Redis to confirm its channel before it continues without. Subscribers wait longer for their
 * position.
 */
const confirmMs = 1_000;
const retryMinMs = 25;
const retryMaxMs = 1_000;

export class WorkflowTail {
  /** Shared loads of this workflow's snapshots. */
  readonly snapshots = new SnapshotLoads<unknown>();
  /**
   * Increases whenever Redis turns out to have lost entries. It is unknown what was lost, since the message about the last
   * entry may be missing too, so no subscriber that was following can assume that it has everything.
   */
  losses = 0;

  private readonly recent: RecentEntries;
  private readonly wakers = new Set<() => void>();
  private readonly reads: PageReads;
  /** The highest cursor announced so far. */
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

  /** The batch of subscribers that have caught up with what is shown now. */
  get emptyBatch(): readonly AppendableEvent[] {
    return this.recent.emptyBatch;
  }

  /** How many bytes of entries arrived since this tail began. */
  get arrivedBytes(): number {
    return this.recent.addedBytes;
  }

  /** Subscribes, then finds the end of the stream, however long that takes. Call it once. */
  async run(): Promise<void> {
    this.listening = this.listen((message) => this.receive(message));
    // An unconfirmed channel only costs speed: the position check finds the same entries later.
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

  /** Ends the subscription. Reads in progress end by themselves. */
  stop(): void {
    this.stopped = true;
    if (this.flushTimer) clearTimeout(this.flushTimer);
    this.listening?.stop();
    this.wakeAll();
    this.wakers.clear();
  }

  /** Calls `wake` after every change relevant to subscribers, until the returned function is called. */
  onChange(wake: () => void): () => void {
    this.wakers.add(wake);
    return () => this.wakers.delete(wake);
  }

  /** Whether nothing after this position is known except what the next flush will show. */
  isAtEnd(cursor: Cursor): boolean {
    if (cursor === this.announced || compareCursors(cursor, this.announced) >= 0) return true;
    return this.flushTimer !== null && !this.isBehind && compareCursors(cursor, this.recent.visible) >= 0;
  }

  /** Whether a subscriber at this position has to read pages before the recent entries serve it. */
  isBeforeRecent(cursor: Cursor): boolean {
    return this.recent.isBefore(cursor);
  }

  /** Everything held after a position, including what subscribers see only after the next flush. */
  recentEntriesAfter(cursor: Cursor): LogEntry[] {
    return this.recent.allAfter(cursor);
  }

  recentEntryAfter(cursor: Cursor): LogEntry | null {
    return this.recent.entryAfter(cursor);
  }

  recentBatchAfter(cursor: Cursor, limits: BatchLimits): EntryBatch | null {
    return this.recent.batchAfter(cursor, limits);
  }

  /**
   * Where a cursor stands in this log. Needs no read when the recent entries hold the cursor; subscribers with the same
   * cursor share one read.
   */
  async cursorState(cursor: Cursor): Promise<CursorState> {
    if (this.recent.knows(cursor)) return 'known';
    return this.reads.cursorState(cursor);
  }

  /**
   * The next page of entries after a position before the recent entries. Subscribers at one position share one read. An
   * empty page means that Redis lost the following entries; report it with `reportLoss`.
   */
  pageAfter(cursor: Cursor): Promise<LogEntry[]> {
    return this.reads.page(cursor);
  }

  /**
   * Finds the end of the stream again after a read did not find an entry that must exist. `losses` is its value when that
   * read was issued.
   */
  reportLoss(losses: number): Promise<void> {
    this.noteLoss(losses);
    return this.catchUp();
  }

  /** Compares with the stream's last cursor, as read by a command issued when the tail's state was `before`. */
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

  /** Counts each loss once: reads issued before it was handled report it again. */
  private noteLoss(losses: number): void {
    if (losses === this.losses && !this.restarting) this.lossReported = true;
  }

  /** Reads until no announced entry is missing. Concurrent callers share one run. */
  private catchUp(): Promise<void> {
    this.catchingUp ??= this.catchUpAll().finally(() => {
      this.catchingUp = null;
      // An entry that arrived since the last check must not wait for the next message.
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

  /** Retries a read until it succeeds or the tail is stopped; `null` only in the latter case. */
  private async retryUntilStopped<T>(read: () => Promise<T>): Promise<T | null> {
    for (let pauseMs = retryMinMs; !this.stopped; pauseMs = Math.min(retryMaxMs, pauseMs * 2)) {
      try {
        return await read();
      } catch {
        // The connection reports its own failures; here a failure only means "try again".
        await delay(pauseMs, undefined, { ref: false });
      }
    }
    return null;
  }

  /** Shows subscribers what has arrived, now or with the next flush. */
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

/** Resolves when `work` has resolved or the time is over; leaves no timer behind. */
function settledWithin(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms).unref();
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
