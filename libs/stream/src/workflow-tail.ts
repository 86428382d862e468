/**
 * The one tail of a workflow in this process: hears what is published, notices what was not, reads what is missing.
 * Owns the recent entries and every read of this stream; never knows what a viewer has been delivered.
 *
 * Pub/sub only says that something happened. A message is taken as the next entry when its predecessor is at or before
 * the last entry held; everything else is read from Redis. An entry that was announced is visible to every read issued
 * afterwards, so a read that does not find it proves that Redis lost it.
 *
 * With few viewers, whatever arrives is shown to them at once. With many it is shown in beats, to all at the same
 * moment, so that they stand at the same places and one batch serves them all.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type AppendableEvent, type Cursor, compareCursors, ORIGIN_CURSOR, type WorkflowId } from '#libs/contracts';
import type { Listening } from './channel-subscriptions.js';
import { type BatchLimits, type EntryBatch, type LogEntry, type PublishedEntry, readPublished } from './log-entry.js';
import { type PageLimits, PageReads } from './page-reads.js';
import { RecentEntries } from './recent-entries.js';
import { SnapshotLoads } from './snapshot-loads.js';
import type { CursorPlace, StreamReader } from './stream-reader.js';

/** Listens to the channel of a workflow, as long as it takes Redis to confirm. */
export type ListenToChannel = (onMessage: (message: unknown) => void) => Listening;

export interface TailOptions extends PageLimits {
  /** How many bytes of recent entries are kept for all viewers of a workflow together. */
  recentBytes: number;
  /** The least time between two beats, in milliseconds, by the number of viewers; 0 shows everything at once. */
  beatMs(viewers: number): number;
}

/** How long a tail waits for Redis to confirm its channel before it goes on without. Viewers wait longer for their place. */
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
  private mending: Promise<void> | null = null;
  private lossReported = false;
  private startingOver = false;
  private beat: NodeJS.Timeout | null = null;
  private lastBeatAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly workflowId: WorkflowId,
    private readonly reader: StreamReader,
    private readonly options: TailOptions,
    private readonly listen: ListenToChannel,
  ) {
    this.recent = new RecentEntries(options.recentBytes);
    this.reads = new PageReads(workflowId, reader, options);
  }

  /** Whether Redis has confirmed the subscription and the place of the newest entry is known. */
  get isEstablished(): boolean {
    return this.established;
  }

  /** The newest entry held. */
  get last(): Cursor {
    return this.recent.last;
  }

  /** The batch of whoever has caught up with what is shown now. */
  get nothing(): readonly AppendableEvent[] {
    return this.recent.nothing;
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
    const last = await this.insist(() => this.reader.newestCursor(this.workflowId));
    if (this.stopped) return;
    this.recent.restart(last ?? ORIGIN_CURSOR);
    this.announce(this.recent.last);
    this.established = true;
    this.wakeAll();
    if (this.isBehind) void this.mend();
  }

  /** Ends the subscription. Reads under way are left to end by themselves. */
  stop(): void {
    this.stopped = true;
    if (this.beat) clearTimeout(this.beat);
    this.listening?.stop();
    this.wakeAll();
    this.wakers.clear();
  }

  /** Calls `wake` after every change that a viewer may care about, until the returned function is called. */
  onChange(wake: () => void): () => void {
    this.wakers.add(wake);
    return () => this.wakers.delete(wake);
  }

  /** Whether nothing is known beyond this place but what the next beat brings. */
  isAtEnd(cursor: Cursor): boolean {
    if (cursor === this.announced || compareCursors(cursor, this.announced) >= 0) return true;
    return this.beat !== null && !this.isBehind && compareCursors(cursor, this.recent.visible) >= 0;
  }

  /** Whether a viewer at this place has to read pages before the recent entries serve it. */
  isBeforeRecent(cursor: Cursor): boolean {
    return this.recent.isBefore(cursor);
  }

  /** What is held behind a place, also what viewers do not see before the next beat. */
  recentEntriesAfter(cursor: Cursor): LogEntry[] {
    return this.recent.allAfter(cursor);
  }

  recentEntryAfter(cursor: Cursor): LogEntry | null {
    return this.recent.entryAfter(cursor);
  }

  recentBatchAfter(cursor: Cursor, limits: BatchLimits): EntryBatch | null {
    return this.recent.batchAfter(cursor, limits);
  }

  /** Places a cursor, without a read where the recent entries hold it. Viewers with one cursor share one read. */
  async place(cursor: Cursor): Promise<CursorPlace> {
    if (this.recent.knows(cursor)) return 'known';
    return this.reads.place(cursor);
  }

  /**
   * The next page of entries after a place that is before the recent entries. Viewers at one place share one read. An
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
    return this.mend();
  }

  /** Compares with the stream's last cursor, as read by a command that was issued when the tail stood as in `before`. */
  compare(last: Cursor | null, before: Pick<WorkflowTail, 'last' | 'losses'>): void {
    if (!this.established || this.stopped) return;
    const place = last ?? ORIGIN_CURSOR;
    this.announce(place);
    if (compareCursors(place, before.last) < 0) this.noteLoss(before.losses);
    if (this.lossReported || this.isBehind) void this.mend();
  }

  private receive(message: unknown): void {
    const entry = readPublished(message);
    if (!entry || this.stopped) return;
    this.announce(entry.cursor);
    if (!this.established || compareCursors(entry.cursor, this.recent.last) <= 0) return;
    if (this.continues(entry)) {
      this.recent.push(entry);
      this.showSoon();
    } else void this.mend();
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
    if (losses === this.losses && !this.startingOver) this.lossReported = true;
  }

  /** Reads until nothing announced is missing. One at a time, whoever asks. */
  private mend(): Promise<void> {
    this.mending ??= this.mendAll().finally(() => {
      this.mending = null;
      // What came in between the last look and here must not wait for the next message.
      if (!this.stopped && (this.lossReported || this.isBehind)) void this.mend();
    });
    return this.mending;
  }

  private async mendAll(): Promise<void> {
    while (!this.stopped && (this.lossReported || this.isBehind)) {
      if (this.lossReported) await this.startOver();
      else await this.readMissing();
    }
  }

  private async readMissing(): Promise<void> {
    const target = this.announced;
    const page = await this.insist(() => this.reads.read(this.recent.last));
    if (!page || this.stopped) return;
    for (const entry of page.entries) {
      if (compareCursors(entry.cursor, this.recent.last) > 0) this.recent.push(entry);
    }
    if (page.isLast && compareCursors(this.recent.last, target) < 0) this.lossReported = true;
    this.showSoon();
  }

  private async startOver(): Promise<void> {
    this.lossReported = false;
    this.startingOver = true;
    this.announced = ORIGIN_CURSOR;
    const last = await this.insist(() => this.reader.newestCursor(this.workflowId));
    this.startingOver = false;
    if (this.stopped) return;
    this.losses += 1;
    this.recent.restart(last ?? ORIGIN_CURSOR);
    this.announce(this.recent.last);
    this.wakeAll();
  }

  /** Tries a read until it works or the tail is stopped, which alone gives `null` for a read that never does. */
  private async insist<T>(read: () => Promise<T>): Promise<T | null> {
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

  /** Shows viewers what has arrived: now, or with the next beat. */
  private showSoon(): void {
    const waitMs = this.lastBeatAt + this.options.beatMs(this.wakers.size) - performance.now();
    if (waitMs <= 0) this.show();
    else this.beat ??= setTimeout(() => this.show(), waitMs).unref();
  }

  private show(): void {
    if (this.beat) clearTimeout(this.beat);
    this.beat = null;
    this.lastBeatAt = performance.now();
    this.recent.show();
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
