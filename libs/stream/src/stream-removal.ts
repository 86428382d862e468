/**
 * Removes the stream of a deleted workflow: nothing of it stays in Redis, and its subscribers check again. Postgres has
 * already deleted the workflow.
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
   * Removes the log, then publishes an opening entry that is in no log. Subscribers that receive it load a snapshot, find
   * none, and end. A subscriber that misses the message finds out when it reconnects. Idempotent; rejects while Redis is
   * away.
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
