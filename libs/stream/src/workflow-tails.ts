/**
 * All tails of this process: one per workflow that somebody watches, however many viewers it has. Owns the channel
 * subscriptions, the position check and the repair after a reconnect; never delivers anything itself.
 */
import type { Redis } from 'ioredis';
import type { Cursor, WorkflowId } from '#libs/contracts';
import { timings } from '#libs/engine';
import { ChannelSubscriptions } from './channel-subscriptions.js';
import { eventsChannel } from './stream.keys.js';
import type { ViewerOptions } from './stream-delivery.js';
import { StreamReader } from './stream-reader.js';
import { beatForViewers } from './viewer-beat.js';
import { type TailOptions, WorkflowTail } from './workflow-tail.js';
import { type TailLease, WorkflowViewer } from './workflow-viewer.js';

export interface TailsOptions extends Partial<TailOptions> {
  /** How often every tail compares its place with the stream's. */
  checkMs?: number;
  /** What the names of this instance in Redis begin with. */
  prefix?: string;
}

/** Positions asked for in one round trip. */
const checksPerRead = 500;

/** What is known here of a viewer, whatever its snapshots are. */
interface Viewer {
  return(): Promise<unknown>;
}

interface Leased {
  tail: WorkflowTail;
  viewers: Set<Viewer>;
}

export class WorkflowTails {
  private readonly channels: ChannelSubscriptions;
  private readonly reader: StreamReader;
  private readonly tailOptions: TailOptions;
  private readonly checkMs: number;
  private readonly prefix: string;
  private readonly leases = new Map<WorkflowId, Leased>();
  private timer: NodeJS.Timeout | null = null;
  private checking = false;
  private checkAgain = false;
  private closed = false;

  /**
   * `subscriber` is given over to subscriptions, `command` is for reads; neither is closed here. Both must be made by
   * `createRedis`.
   */
  constructor(
    private readonly subscriber: Redis,
    command: Redis,
    {
      checkMs = timings.tailCheckMs,
      recentBytes = 1024 * 1024,
      pageEntries = 256,
      pageBytes = 1024 * 1024,
      beatMs = beatForViewers,
      prefix = '',
    }: TailsOptions = {},
  ) {
    this.channels = new ChannelSubscriptions(subscriber);
    this.reader = new StreamReader(command, prefix);
    this.prefix = prefix;
    this.checkMs = checkMs;
    this.tailOptions = { recentBytes, pageEntries, pageBytes, beatMs };
    subscriber.on('ready', this.onReady);
  }

  /** How many workflows are watched right now. */
  get size(): number {
    return this.leases.size;
  }

  /** The newest place of each watched stream that is known. Nothing is newer than what Postgres had when it was asked later. */
  get places(): { workflowId: WorkflowId; last: Cursor }[] {
    return [...this.leases.values()]
      .filter(({ tail }) => tail.isEstablished)
      .map(({ tail: { workflowId, last } }) => ({ workflowId, last }));
  }

  /**
   * A viewer. It takes hold of the tail with its first `next()` and lets go when it ends; the channel is subscribed as
   * long as at least one viewer holds on. Use only with `loadSnapshot` functions of one kind per workflow.
   */
  openViewer<S>(options: ViewerOptions<S>): WorkflowViewer<S> {
    const lease: TailLease = {
      acquire: () => this.acquire(options.workflowId, viewer),
      release: () => this.release(options.workflowId, viewer),
    };
    const viewer: WorkflowViewer<S> = new WorkflowViewer(options, lease);
    return viewer;
  }

  /** Ends every viewer and takes no new ones. The connections stay open. */
  async close(): Promise<void> {
    this.closed = true;
    this.subscriber.off('ready', this.onReady);
    const viewers = [...this.leases.values()].flatMap((lease) => [...lease.viewers]);
    await Promise.all(viewers.map((viewer) => viewer.return()));
    this.channels.close();
  }

  private acquire(workflowId: WorkflowId, viewer: Viewer): WorkflowTail {
    if (this.closed) throw new Error('This process takes no viewers any more');
    let lease = this.leases.get(workflowId);
    if (!lease) {
      const tail = new WorkflowTail(workflowId, this.reader, this.tailOptions, (onMessage) =>
        this.channels.listen(eventsChannel(workflowId, this.prefix), onMessage),
      );
      lease = { tail, viewers: new Set() };
      this.leases.set(workflowId, lease);
      void tail.run();
      this.timer ??= setInterval(() => void this.checkPositions(), this.checkMs).unref();
    }
    lease.viewers.add(viewer);
    return lease.tail;
  }

  private release(workflowId: WorkflowId, viewer: Viewer): void {
    const lease = this.leases.get(workflowId);
    if (!lease?.viewers.delete(viewer) || lease.viewers.size > 0) return;
    this.leases.delete(workflowId);
    lease.tail.stop();
    if (this.leases.size > 0 || !this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
  }

  /** After a reconnect the channels are subscribed again; a PING queued behind that answers when they are. */
  private readonly onReady = (): void => {
    setImmediate(async () => {
      try {
        await this.subscriber.ping();
      } catch {
        // Lost again; the next reconnect comes back here.
        return;
      }
      await this.checkPositions();
    });
  };

  /** Compares every tail with its stream. What pub/sub lost, the last message included, is noticed here. */
  private async checkPositions(): Promise<void> {
    if (this.checking) {
      this.checkAgain = true;
      return;
    }
    this.checking = true;
    do {
      this.checkAgain = false;
      const tails = [...this.leases.values()].map((lease) => lease.tail);
      for (let from = 0; from < tails.length; from += checksPerRead) {
        await this.checkSome(tails.slice(from, from + checksPerRead));
      }
    } while (this.checkAgain);
    this.checking = false;
  }

  private async checkSome(tails: readonly WorkflowTail[]): Promise<void> {
    const before = tails.map(({ last, losses }) => ({ last, losses }));
    try {
      const lasts = await this.reader.lastCursors(tails.map((tail) => tail.workflowId));
      for (const [index, tail] of tails.entries()) tail.compare(lasts[index] ?? null, before[index] ?? tail);
    } catch {
      // Redis is away; the reconnect and the next round look again.
    }
  }
}
