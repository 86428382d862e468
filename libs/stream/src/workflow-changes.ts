/**
 * Change notifications for workflow lists: a change is announced per owner, and watching lists learn which workflow to read
 * again. One channel per owner, one subscription per process. Delivery is not guaranteed, so a list must also be reloaded
 * from time to time.
 */
import type { Redis } from 'ioredis';
import { isId, type UserId, type WorkflowId } from '#libs/contracts';
import { ChangeWatcher, noteChange, type WorkflowChange } from './change-watcher.js';
import { ChannelSubscriptions, type Listening } from './channel-subscriptions.js';
import { changesChannel } from './stream.keys.js';

/**
 * Changes of one owner are collected for this long and sent to all watchers together, so that a burst costs one read
 * however many are watching. Longer: lists update later.
 */
const GATHER_MS = 100;

interface Lease {
  watchers: Set<ChangeWatcher>;
  gathered: Map<WorkflowId, WorkflowChange>;
  timer: NodeJS.Timeout | null;
  listening: Listening;
  ended: boolean;
}

export class WorkflowChanges {
  private readonly channels: ChannelSubscriptions;
  private readonly leases = new Map<UserId, Lease>();
  private closed = false;

  /** Both connections must be made by `createRedis`; neither is closed here. */
  constructor(
    subscriberConnection: Redis,
    private readonly command: Redis,
    private readonly prefix = '',
  ) {
    this.channels = new ChannelSubscriptions(subscriberConnection);
  }

  /** How many owners are watched right now. */
  get size(): number {
    return this.leases.size;
  }

  /** Call it after the commit. Returns at once and never throws. */
  announce(ownerId: UserId, change: WorkflowChange): void {
    // Nothing waits for this publish or depends on it; the connection reports its own failures.
    this.command.publish(changesChannel(ownerId, this.prefix), JSON.stringify(change)).catch(() => undefined);
  }

  /** Watches changes from now on. A workflow that changes several times before it is read is reported once. */
  watch(ownerId: UserId): ChangeWatcher {
    if (this.closed) throw new Error('This process takes no watchers any more');
    const lease = this.leases.get(ownerId) ?? this.open(ownerId);
    const watcher: ChangeWatcher = new ChangeWatcher(() => this.release(ownerId, lease, watcher));
    lease.watchers.add(watcher);
    return watcher;
  }

  /** Ends every watcher and takes no new ones. The connections stay open. */
  async close(): Promise<void> {
    this.closed = true;
    const watchers = [...this.leases.values()].flatMap((lease) => [...lease.watchers]);
    await Promise.all(watchers.map((watcher) => watcher.return()));
    this.channels.close();
  }

  private open(ownerId: UserId): Lease {
    const listening = this.channels.listen(changesChannel(ownerId, this.prefix), (message) =>
      this.gather(lease, message),
    );
    const lease: Lease = { watchers: new Set(), gathered: new Map(), timer: null, listening, ended: false };
    this.leases.set(ownerId, lease);
    return lease;
  }

  private release(ownerId: UserId, lease: Lease, watcher: ChangeWatcher): void {
    if (!lease.watchers.delete(watcher) || lease.watchers.size > 0) return;
    this.leases.delete(ownerId);
    lease.ended = true;
    if (lease.timer) clearTimeout(lease.timer);
    lease.listening.stop();
  }

  private gather(lease: Lease, message: unknown): void {
    if (lease.ended || !isChange(message)) return;
    noteChange(lease.gathered, message);
    lease.timer ??= setTimeout(() => {
      lease.timer = null;
      const changes = [...lease.gathered.values()];
      lease.gathered.clear();
      for (const watcher of lease.watchers) watcher.push(changes);
    }, GATHER_MS).unref();
  }
}

function isChange(message: unknown): message is WorkflowChange {
  if (typeof message !== 'object' || message === null) return false;
  const { workflowId, deleted } = message as Partial<Record<keyof WorkflowChange, unknown>>;
  return isId('workflow', workflowId) && typeof deleted === 'boolean';
}
