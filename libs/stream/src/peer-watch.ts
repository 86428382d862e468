/**
 * How workers notice that one of them has died: each listens to a channel of its own, which the system ends with the
 * process, at once, and the others look several times a second how many listen there. A process that stands still, or is
 * busy, goes on listening. Owns both connections; what a death means is up to whoever looks.
 */
import type { Redis } from 'ioredis';
import type { WorkerId } from '#libs/contracts';
import { timings } from '#libs/engine';
import { type ConnectionListener, closeRedis, createRedis, type RedisEndpoint } from './redis-connection.js';
import { presenceChannel, presenceKey } from './stream.keys.js';

export interface PeerWatchOptions {
  redis: RedisEndpoint;
  /** What the names of this instance in Redis begin with. */
  prefix: string;
  onChange?: ConnectionListener;
  /** Told when this worker's own presence ends because its connection has, and when it is back. */
  onCutOff?: (cutOff: boolean) => void;
}

export interface MissingPeers {
  /** They were seen on this very connection to Redis, and have been missing for longer than it takes to connect again. */
  dead: WorkerId[];
  /** Missing for so long that a worker that does not renew its lease either is dead, whether it was ever seen or not. */
  silent: WorkerId[];
}

const nobody: MissingPeers = { dead: [], silent: [] };

export class PeerWatch {
  private readonly presence: Redis;
  private readonly looker: Redis;
  private self: WorkerId | null = null;
  /** What is known of each peer from the present connection of the looker. */
  private readonly peers = new Map<WorkerId, { wasSeen: boolean; missingSince: number | null }>();
  /** Counts the connections of the looker: what was seen on one says nothing on the next. */
  private connection = 0;
  private closed = false;

  constructor(private readonly options: PeerWatchOptions) {
    const { redis, prefix, onChange, onCutOff } = options;
    const near = presenceKey(prefix);
    this.presence = createRedis(redis, 'presence', 'subscriber', onChange, { near });
    this.looker = createRedis(redis, 'peer-watch', 'subscriber', onChange, { near });
    this.presence.on('ready', () => void this.appear());
    this.presence.on('close', () => {
      if (this.self && !this.closed) onCutOff?.(true);
    });
    this.looker.on('close', () => {
      this.connection += 1;
      this.peers.clear();
    });
    for (const connection of [this.presence, this.looker]) connection.connect().catch(() => undefined);
  }

  /** Shows that this worker lives, under a name that replaces an earlier one, for as long as the process does. */
  appearAs(self: WorkerId): void {
    const earlier = this.self;
    this.self = self;
    if (this.presence.status !== 'ready') return;
    if (earlier) this.presence.unsubscribe(this.channelOf(earlier)).catch(() => undefined);
    void this.appear();
  }

  /**
   * Looks who of these peers is missing. A restart of Redis, or a lost connection of one's own, makes nobody missing; nor does
   * anything while this worker itself is not seen. Never rejects.
   */
  async look(peers: readonly WorkerId[]): Promise<MissingPeers> {
    const { self, connection } = this;
    if (!self || this.looker.status !== 'ready') return nobody;
    const counts = await this.countListeners([self, ...peers]);
    if (counts === null || connection !== this.connection || counts[0] === 0) {
      this.peers.clear();
      return nobody;
    }
    for (const known of this.peers.keys()) if (!peers.includes(known)) this.peers.delete(known);
    const now = performance.now();
    const missingMs = peers.map((peer, index) => this.missingMs(peer, counts[index + 1] ?? 0, now));
    const missingFor = (ms: number) => peers.filter((_, index) => (missingMs[index] ?? 0) >= ms);
    return {
      dead: missingFor(timings.peerGraceMs).filter((peer) => this.peers.get(peer)?.wasSeen),
      silent: missingFor(timings.peerSilentMs),
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([closeRedis(this.presence), closeRedis(this.looker)]);
  }

  private missingMs(peer: WorkerId, listeners: number, now: number): number {
    const known = this.peers.get(peer) ?? { wasSeen: false, missingSince: now };
    if (listeners > 0) Object.assign(known, { wasSeen: true, missingSince: null });
    known.missingSince ??= listeners > 0 ? null : now;
    this.peers.set(peer, known);
    return known.missingSince === null ? 0 : now - known.missingSince;
  }

  private async countListeners(workers: readonly WorkerId[]): Promise<number[] | null> {
    try {
      const answer = await this.looker.pubsub('NUMSUB', ...workers.map((worker) => this.channelOf(worker)));
      return answer.filter((_, index) => index % 2 === 1).map(Number);
    } catch {
      return null;
    }
  }

  private async appear(): Promise<void> {
    const { self } = this;
    if (!self) return;
    try {
      await this.presence.subscribe(this.channelOf(self));
      this.options.onCutOff?.(false);
    } catch (error) {
      // The next connection tries again. On this one, the lease alone speaks for the worker.
      if (!this.closed) this.presence.emit('error', error);
    }
  }

  private channelOf(worker: WorkerId): string {
    return presenceChannel(worker, this.options.prefix);
  }
}
