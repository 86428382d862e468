/**
 * All tails of this process, one per watched workflow however many subscribers it has: their channel subscriptions, the
 * position check and the recovery after a reconnect.
 */
import type { Redis } from 'ioredis';
import type { Cursor, WorkflowId } from '#libs/contracts';
import { timings } from '#libs/engine';
import { ChannelSubscriptions } from './channel-subscriptions.js';
import { eventsChannel } from './stream.keys.js';
import type { SubscriberOptions } from './stream-delivery.js';
import { StreamReader } from './stream-reader.js';
import { StreamSubscriber, type TailHandle } from './stream-subscriber.js';
import { type TailOptions, WorkflowTail } from './workflow-tail.js';

export interface TailsOptions extends Partial<TailOptions> {
  /** How often every tail compares its position with the stream's. */
  checkMs?: number;
  /** Prefix of this instance's names in Redis. */
  prefix?: string;
}

/** Positions read in one round trip. */
const checksPerRead = 500;

const subscribersServedAtOnce = 20;

/**
 * Minimum time between two deliveries to each subscriber, in milliseconds, by the number of subscribers of a workflow. A
 * few are served at once; with more, the interval grows up to its maximum at a thousand, so that one batch serves all of
 * them.
 */
export function flushIntervalMs(subscribers: number): number {
  if (subscribers <= subscribersServedAtOnce) return 0;
  return Math.min(timings.flushMaxMs, Math.max(timings.flushMinMs, subscribers / 4));
}

/** A subscriber, regardless of the type of its snapshots. */
interface Subscriber {
  return(): Promise<unknown>;
}

interface SharedTail {
  tail: WorkflowTail;
  subscribers: Set<Subscriber>;
}

export class WorkflowTails {
  private readonly channels: ChannelSubscriptions;
  private readonly reader: StreamReader;
  private readonly tailOptions: TailOptions;
  private readonly checkMs: number;
  private readonly prefix: string;
  private readonly shared = new Map<WorkflowId, SharedTail>();
  private timer: NodeJS.Timeout | null = null;
  private checking = false;
  private checkAgain = false;
  private closed = false;

  /**
   * `subscriber` is used for subscriptions only, `command` for reads; neither is closed here. Both must be made by
   * `createRedis`.
   */
  constructor(
    private readonly subscriberConnection: Redis,
    command: Redis,
    {
      checkMs = timings.tailCheckMs,
      recentBytes = 1024 * 1024,
      pageEntries = 2_048,
      pageBytes = 512 * 1024,
      flushIntervalMs: flushMs = flushIntervalMs,
      prefix = '',
    }: TailsOptions = {},
  ) {
    this.channels = new ChannelSubscriptions(subscriberConnection);
    this.reader = new StreamReader(command, prefix);
    this.prefix = prefix;
    this.checkMs = checkMs;
    this.tailOptions = { recentBytes, pageEntries, pageBytes, flushIntervalMs: flushMs };
    subscriberConnection.on('ready', this.onReady);
  }

  /** How many workflows are watched right now. */
  get size(): number {
    return this.shared.size;
  }

  /** The newest known position of each watched stream. Postgres, when asked afterwards, is at least as new. */
  get positions(): { workflowId: WorkflowId; last: Cursor }[] {
    return [...this.shared.values()]
      .filter(({ tail }) => tail.isEstablished)
      .map(({ tail: { workflowId, last } }) => ({ workflowId, last }));
  }

  /**
   * Creates a subscriber. It takes the tail with its first `next()` and releases it when it ends; the channel stays
   * subscribed while at least one subscriber holds the tail. All `loadSnapshot` functions of one workflow must be of the
   * same kind.
   */
  subscribe<S>(options: SubscriberOptions<S>): StreamSubscriber<S> {
    const handle: TailHandle = {
      acquire: () => this.acquire(options.workflowId, subscriber),
      release: () => this.release(options.workflowId, subscriber),
    };
    const subscriber: StreamSubscriber<S> = new StreamSubscriber(options, handle);
    return subscriber;
  }

  /** Ends every subscriber and accepts no new ones. The connections stay open. */
  async close(): Promise<void> {
    this.closed = true;
    this.subscriberConnection.off('ready', this.onReady);
    const subscribers = [...this.shared.values()].flatMap((shared) => [...shared.subscribers]);
    await Promise.all(subscribers.map((subscriber) => subscriber.return()));
    this.channels.close();
  }

  private acquire(workflowId: WorkflowId, subscriber: Subscriber): WorkflowTail {
    if (this.closed) throw new Error('This process takes no subscribers any more');
    let shared = this.shared.get(workflowId);
    if (!shared) {
      const tail = new WorkflowTail(workflowId, this.reader, this.tailOptions, (onMessage) =>
        this.channels.listen(eventsChannel(workflowId, this.prefix), onMessage),
      );
      shared = { tail, subscribers: new Set() };
      this.shared.set(workflowId, shared);
      void tail.run();
      this.timer ??= setInterval(() => void this.checkPositions(), this.checkMs).unref();
    }
    shared.subscribers.add(subscriber);
    return shared.tail;
  }

  private release(workflowId: WorkflowId, subscriber: Subscriber): void {
    const shared = this.shared.get(workflowId);
    if (!shared?.subscribers.delete(subscriber) || shared.subscribers.size > 0) return;
    this.shared.delete(workflowId);
    shared.tail.stop();
    if (this.shared.size > 0 || !this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
  }

  /** After a reconnect the channels are subscribed again; a PING queued after that is answered once they are. */
  private readonly onReady = (): void => {
    setImmediate(async () => {
      try {
        await this.subscriberConnection.ping();
      } catch {
        // Lost again; the next reconnect runs this again.
        return;
      }
      await this.checkPositions();
    });
  };

  /** Compares every tail with its stream. This detects everything that pub/sub lost, including the last message. */
  private async checkPositions(): Promise<void> {
    if (this.checking) {
      this.checkAgain = true;
      return;
    }
    this.checking = true;
    do {
      this.checkAgain = false;
      const tails = [...this.shared.values()].map((shared) => shared.tail);
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
      // Redis is away; the reconnect and the next round check again.
    }
  }
}
