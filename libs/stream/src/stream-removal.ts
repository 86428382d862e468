/**
 * The end of the stream of a workflow that is gone. Owns that nothing of it stays in Redis and that whoever follows it looks
 * again; never decides that a workflow is gone, which Postgres has done before.
 */
import type { Redis } from 'ioredis';
import { cursorAt, ORIGIN_CURSOR, type ResyncMarkerEvent, type WorkflowId } from '#libs/contracts';
import type { PublishedEntry } from './log-entry.js';
import { eventsChannel, metaKey, streamKey } from './stream.keys.js';

export class StreamRemoval {
  /** The connection must be made by `createRedis`; it is not closed here. */
  constructor(
    private readonly redis: Redis,
    private readonly prefix = '',
  ) {}

  /**
   * Removes the log, then publishes an opening entry that stands in no log: subscribers who meet it load a snapshot, find
   * none, and end. One who misses the message learns of it when it comes back. Idempotent; rejects while Redis is away.
   * @param epoch later than every epoch that the workflow has had
   */
  async remove(workflowId: WorkflowId, epoch: number): Promise<void> {
    const marker: ResyncMarkerEvent = { type: 'resync-marker', reason: 'TAKEOVER' };
    const events = [marker];
    const bytes = Buffer.byteLength(JSON.stringify(events));
    const entry: PublishedEntry = { predecessor: ORIGIN_CURSOR, cursor: cursorAt(epoch, 0), bytes, events };
    await this.redis.unlink(streamKey(workflowId, this.prefix), metaKey(workflowId, this.prefix));
    await this.redis.publish(eventsChannel(workflowId, this.prefix), JSON.stringify(entry));
  }
}
