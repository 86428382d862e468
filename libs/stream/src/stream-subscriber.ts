/**
 * One subscriber of a workflow's stream: it receives every event once and in order, or an explicit snapshot. It holds its
 * position and at most the unread rest of one page; the shared tail subscribes to the channel and reads.
 *
 * `next()` resolves as soon as there is a delivery; the subscriber holds nothing before the first call. When a snapshot
 * cannot be loaded, `next()` rejects and the subscriber ends.
 */
import {
  type AppendableEvent,
  type Cursor,
  compareCursors,
  cursorAt,
  cursorParts,
  earlierCursor,
  laterCursor,
  ORIGIN_CURSOR,
  type SnapshotReason,
} from '#libs/contracts';
import {
  awaitedEvents,
  type BatchLimits,
  cursorBefore,
  follows,
  joinEntries,
  type LogEntry,
  resyncMarkerOf,
} from './log-entry.js';
import { PullIterator } from './pull-iterator.js';
import type { LoadedSnapshot, StreamDelivery, SubscriberOptions } from './stream-delivery.js';
import type { WorkflowTail } from './workflow-tail.js';

/** Lends the subscriber the shared tail and takes it back. */
export interface TailHandle {
  acquire(): WorkflowTail;
  release(): void;
}

/** How long a subscriber waits for Redis to find its position before it gets a snapshot instead. */
const positionTimeoutMs = 2_000;
const snapshotTries = 8;
const retryMinMs = 25;
const retryPageMs = 250;
const retryMaxMs = 2_000;

function epochOf(cursor: Cursor): number {
  return cursorParts(cursor).epoch;
}

export class StreamSubscriber<S> extends PullIterator<StreamDelivery<S>> {
  private readonly limits: BatchLimits;
  private tail: WorkflowTail | null = null;
  private stopListening: (() => void) | null = null;
  private pumping = false;
  private positioned = false;
  private position: Cursor = ORIGIN_CURSOR;
  /**
   * How far this subscriber has read the log; `null` before the first read. It lags `position` after a snapshot that is
   * ahead of the log, such as that of a cancel whose entry is still on its way.
   */
  private readTo: Cursor | null = null;
  private lastReason: SnapshotReason = 'INITIAL';
  private saidCaughtUp = false;
  private compared = false;
  /** How many losses of entries in Redis the current position accounts for. */
  private lossesSeen = 0;
  private page: LogEntry[] = [];
  private pageIndex = 0;
  private readonly maxLagBytes: number;
  /** Bytes that had arrived when this subscriber last caught up, or began. Entries that existed before do not count as lag. */
  private arrivedBefore = 0;
  private deliveredSince = 0;
  private readonly pause = new InterruptiblePause();

  constructor(
    private readonly options: SubscriberOptions<S>,
    private readonly handle: TailHandle,
  ) {
    super();
    this.limits = { maxEvents: options.maxBatchEvents ?? 512, maxBytes: options.maxBufferedBytes ?? 512 * 1024 };
    this.maxLagBytes = options.maxLagBytes ?? 8 * 1024 * 1024;
  }

  protected release(): void {
    this.stopListening?.();
    if (this.tail) this.handle.release();
    this.tail = null;
    this.page = [];
    this.pause.end();
  }

  protected pull(): void {
    if (!this.pumping) void this.pump();
  }

  private async pump(): Promise<void> {
    this.pumping = true;
    try {
      while (!this.hasEnded && this.isAwaited) {
        const delivery = await this.advance(this.join());
        if (this.hasEnded) return;
        if (delivery) this.deliver(delivery);
        else this.end();
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.pumping = false;
    }
  }

  private join(): WorkflowTail {
    if (!this.tail) {
      this.tail = this.handle.acquire();
      this.stopListening = this.tail.onChange(this.pause.wake);
    }
    return this.tail;
  }

  /** The next delivery; `null` when the workflow is gone or the subscriber was ended. */
  private async advance(tail: WorkflowTail): Promise<StreamDelivery<S> | null> {
    if (!this.positioned) {
      const reason = await this.takePosition(tail);
      this.positioned = true;
      this.resetLag(tail);
      if (reason) return this.takeSnapshot(tail, reason, null);
    }
    while (!this.hasEnded) {
      const foreign = this.compared ? null : await this.openingOfForeignLog(tail);
      if (foreign) return this.takeSnapshot(tail, 'CURSOR_EXPIRED', foreign);
      if (this.lossesSeen !== tail.losses) return this.takeSnapshot(tail, 'CURSOR_EXPIRED', null);
      if (this.lagBytes(tail) > this.maxLagBytes) return this.takeSnapshot(tail, 'LAGGED', null);
      if (this.passedOver(tail).length > 0) return this.takeSnapshot(tail, this.lastReason, this.position);
      if (this.pageIndex >= this.page.length && tail.isEstablished && tail.isBeforeRecent(this.position)) {
        await this.readPage(tail);
        continue;
      }
      const entry = this.page[this.pageIndex] ?? tail.recentEntryAfter(this.position);
      if (entry) return this.deliverFrom(tail, entry);
      if (tail.isEstablished && !this.saidCaughtUp && tail.isAtEnd(this.position)) {
        this.saidCaughtUp = true;
        return { kind: 'events', cursor: this.position, caughtUp: true, events: tail.emptyBatch };
      }
      await this.pause.untilWoken();
    }
    return null;
  }

  /** Starts at the given cursor when Redis knows it; otherwise returns why a snapshot is needed. */
  private async takePosition(tail: WorkflowTail): Promise<SnapshotReason | null> {
    const { cursor } = this.options;
    if (cursor === null || cursor === ORIGIN_CURSOR) return 'INITIAL';
    const deadline = performance.now() + positionTimeoutMs;
    for (let leftMs = positionTimeoutMs; leftMs > 0 && !tail.isEstablished && !this.hasEnded; ) {
      await this.pause.untilWoken(leftMs);
      leftMs = deadline - performance.now();
    }
    if (!tail.isEstablished) return 'CURSOR_UNKNOWN';
    this.lossesSeen = tail.losses;
    let state: Awaited<ReturnType<WorkflowTail['cursorState']>>;
    try {
      state = await tail.cursorState(cursor);
    } catch {
      // Redis is away again, but Postgres can answer now.
      return 'CURSOR_UNKNOWN';
    }
    if (state === 'expired') return 'CURSOR_EXPIRED';
    if (state === 'unknown') return 'CURSOR_UNKNOWN';
    this.position = cursor;
    this.readTo = cursor;
    return null;
  }

  private async readPage(tail: WorkflowTail): Promise<void> {
    let page: LogEntry[];
    try {
      page = await tail.pageAfter(this.position);
    } catch {
      // Redis is away; keep the position until it is back.
      await this.pause.forMs(retryPageMs);
      return;
    }
    if (this.hasEnded) return;
    if (page.length === 0) {
      await tail.reportLoss(this.lossesSeen);
      return;
    }
    // The page may be large and is shared while it is read; a subscriber keeps only as much of it as it may hold.
    let bytes = 0;
    const kept = page.findIndex((entry) => {
      bytes += entry.bytes;
      return bytes > this.limits.maxBytes;
    });
    this.page = kept < 0 ? page : page.slice(0, Math.max(1, kept));
    this.pageIndex = 0;
  }

  private deliverFrom(tail: WorkflowTail, first: LogEntry): StreamDelivery<S> | Promise<StreamDelivery<S> | null> {
    const marker = resyncMarkerOf(first);
    if (marker) return this.takeSnapshot(tail, marker.reason, first.cursor);
    if (!follows(this.position, first.cursor)) {
      return this.takeSnapshot(tail, 'CURSOR_EXPIRED', cursorBefore(first.cursor));
    }
    const isFromPage = this.pageIndex < this.page.length;
    const batch = isFromPage
      ? joinEntries(this.page, this.pageIndex, this.limits)
      : tail.recentBatchAfter(this.position, this.limits);
    if (!batch) throw new Error(`The entry ${first.cursor} of a stream gave no batch`);
    if (isFromPage) {
      this.pageIndex += batch.entries;
      if (this.pageIndex >= this.page.length) this.dropPage();
    }
    this.position = batch.cursor;
    this.readTo = batch.cursor;
    this.deliveredSince += batch.bytes;
    this.saidCaughtUp = tail.isAtEnd(batch.cursor);
    if (this.saidCaughtUp) this.resetLag(tail);
    return { kind: 'events', cursor: batch.cursor, caughtUp: this.saidCaughtUp, events: batch.events };
  }

  /** Events that a subscriber may be waiting for in entries that `position` has skipped. */
  private passedOver(tail: WorkflowTail): AppendableEvent[] {
    const { readTo, position } = this;
    if (readTo === null || compareCursors(readTo, position) >= 0) return [];
    const unseen = this.page.slice(this.pageIndex);
    return awaitedEvents([...unseen, ...tail.recentEntriesAfter(unseen.at(-1)?.cursor ?? readTo)], position);
  }

  /**
   * The position where a foreign log opened its epoch, or `null` when Postgres granted that epoch. Checked once, before
   * anything of the log is delivered.
   */
  private async openingOfForeignLog(tail: WorkflowTail): Promise<Cursor | null> {
    const { epoch, replaceLog } = this.options;
    if (!tail.isEstablished || epoch === undefined || !replaceLog) return null;
    this.compared = true;
    const open = epochOf(tail.last);
    if (open <= epoch) return null;
    const result = await replaceLog(open);
    if (result === 'replaced') await tail.reportLoss(this.lossesSeen);
    return result === 'same-history' ? null : cursorAt(open, 0);
  }

  /** Bytes that arrived and were not delivered. Negative while entries that existed at the start are replayed. */
  private lagBytes(tail: WorkflowTail): number {
    return tail.arrivedBytes - this.arrivedBefore - this.deliveredSince;
  }

  private resetLag(tail: WorkflowTail): void {
    this.arrivedBefore = tail.arrivedBytes;
    this.deliveredSince = 0;
  }

  private dropPage(): void {
    this.page = [];
    this.pageIndex = 0;
  }

  /**
   * Loads until the snapshot reaches `atLeast`; Postgres had that position before the stream did, so one load should do. A
   * subscriber that was following also gets the ends of runs on the way: a snapshot ahead of the log must not hide one.
   */
  private async takeSnapshot(
    tail: WorkflowTail,
    reason: SnapshotReason,
    atLeast: Cursor | null,
  ): Promise<StreamDelivery<S> | null> {
    let pauseMs = retryMinMs;
    for (let tries = 1; !this.hasEnded; tries += 1) {
      this.lossesSeen = tail.losses;
      try {
        const loaded = (await tail.snapshots.load(
          () => this.options.loadSnapshot(),
          atLeast,
        )) as LoadedSnapshot<S> | null;
        if (!loaded) return null;
        if (!atLeast || compareCursors(loaded.cursor, atLeast) >= 0) {
          this.position = loaded.cursor;
          const events = this.passedOver(tail);
          const seen = laterCursor(tail.last, this.page.at(-1)?.cursor ?? tail.last);
          this.readTo = earlierCursor(this.position, laterCursor(this.readTo ?? this.position, seen));
          this.lastReason = reason;
          this.dropPage();
          this.saidCaughtUp = false;
          this.resetLag(tail);
          return { kind: 'snapshot', reason, cursor: loaded.cursor, events, snapshot: loaded.snapshot };
        }
        // The marker was read before Postgres was asked. In a shared history, Postgres granted every epoch before the log
        // had it.
        const isAhead = epochOf(loaded.cursor) < epochOf(atLeast);
        if (isAhead && this.options.replaceLog) {
          const result = await this.options.replaceLog(epochOf(laterCursor(atLeast, tail.last)));
          if (result === 'replaced') await tail.reportLoss(this.lossesSeen);
          // The worker that holds the workflow will replace the log.
          tries = 0;
        } else if (tries >= snapshotTries) {
          throw new Error(`The snapshot at ${loaded.cursor} does not reach ${atLeast}`);
        }
      } catch (error) {
        if (tries >= snapshotTries) throw error;
      }
      await this.pause.forMs(pauseMs);
      pauseMs = Math.min(retryMaxMs, pauseMs * 2);
    }
    return null;
  }
}

/** Waiting while there is nothing to deliver; one wait at a time. */
class InterruptiblePause {
  private interrupt: ((ended: boolean) => void) | null = null;
  private ended = false;

  /** Ends an `untilWoken` wait. */
  readonly wake = (): void => this.interrupt?.(false);

  /** Ends every wait, current and future. */
  end(): void {
    this.ended = true;
    this.interrupt?.(true);
  }

  /** Waits for `wake`, at most `ms`. */
  untilWoken(ms?: number): Promise<void> {
    return this.wait(ms, () => true);
  }

  /** Waits `ms`, regardless of `wake`. */
  forMs(ms: number): Promise<void> {
    return this.wait(ms, (ended) => ended);
  }

  private async wait(ms: number | undefined, interrupts: (ended: boolean) => boolean): Promise<void> {
    if (this.ended) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.interrupt = (ended) => {
      if (interrupts(ended)) resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(resolve, Math.max(0, ms));
    await promise;
    clearTimeout(timer);
    this.interrupt = null;
  }
}
