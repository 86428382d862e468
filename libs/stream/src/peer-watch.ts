/**
 * Lets workers notice that one of them has died. Each worker listens to a channel of its own; when the process dies, the
 * operating system closes its connection at once. The others check several times a second how many listeners each channel
 * has. A process that is paused or busy keeps listening. The caller decides what a death means.
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
  /**
   * Called when this worker stops being visible because its connection is lost, with each reconnect that fails, and when it
   * is back.
   */
  onCutOff?: (cutOff: boolean) => void;
}

export interface MissingPeers {
  /** Seen on the current connection to Redis, and missing for longer than a reconnect takes. */
  dead: WorkerId[];
  /** Missing for so long that a worker that does not renew its lease either must be dead, whether or not it was ever seen. */
  silent: WorkerId[];
}

const nobody: MissingPeers = { dead: [], silent: [] };

export class PeerWatch {
  private readonly presence: Redis;
  private readonly looker: Redis;
  private self: WorkerId | null = null;
  /** What is known of each peer on this worker's current connection. */
  private readonly peers = new Map<WorkerId, { wasSeen: boolean; missingSince: number | null }>();
  /** Counts this worker's connections: what was seen on one says nothing about the next. */
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

  /**
   * Makes this worker visible to its peers under this name, which replaces an earlier one, for as long as the process
   * lives.
   */
  appearAs(self: WorkerId): void {
    const earlier = this.self;
    this.self = self;
    if (this.presence.status !== 'ready') return;
    if (earlier) this.presence.unsubscribe(this.channelOf(earlier)).catch(() => undefined);
    void this.appear();
  }

  /**
   * Checks which of these peers are missing. A restart of Redis or a lost connection of this worker does not make a peer
   * missing, nor does any check while this worker itself is not visible. Never rejects.
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
      // The next connection tries again. On this one, only the lease shows that the worker is alive.
      if (!this.closed) this.presence.emit('error', error);
    }
  }

  private channelOf(worker: WorkerId): string {
    return presenceChannel(worker, this.options.prefix);
  }
}
