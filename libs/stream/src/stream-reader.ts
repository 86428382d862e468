/** Redis reads of a workflow's stream. */
import type { Redis } from 'ioredis';
import { type Cursor, compareCursors, type WorkflowId } from '#libs/contracts';
import { decodeRow, type LogEntry } from './log-entry.js';
import { metaKey, streamKey } from './stream.keys.js';

/**
 * Where a cursor stands. `known`: an entry of this log; what follows can be replayed. `expired`: older than everything that
 * Redis keeps, or Redis keeps nothing. `unknown`: neither, so it comes from another history or from the future.
 */
export type CursorState = 'known' | 'expired' | 'unknown';

type Row = [id: string, fields: string[]];

export class StreamReader {
  constructor(
    private readonly redis: Redis,
    private readonly prefix = '',
  ) {}

  /** Cursors of the newest entries according to the metadata, in the order asked; `null` for a stream that does not exist. */
  async lastCursors(workflowIds: readonly WorkflowId[]): Promise<(Cursor | null)[]> {
    // Separate commands instead of one pipeline: in a cluster the workflows live on several nodes.
    const lasts = workflowIds.map((workflowId) => this.redis.hget(metaKey(workflowId, this.prefix), 'last'));
    return (await Promise.all(lasts)) as (Cursor | null)[];
  }

  /** Cursor of the newest entry in the log itself; `null` when the log is empty. */
  async newestCursor(workflowId: WorkflowId): Promise<Cursor | null> {
    const rows = await this.redis.xrevrange(streamKey(workflowId, this.prefix), '+', '-', 'COUNT', 1);
    return (rows[0]?.[0] as Cursor | undefined) ?? null;
  }

  /** The first `count` entries after a cursor, which need not exist. */
  async entriesAfter(workflowId: WorkflowId, cursor: Cursor, count: number): Promise<LogEntry[]> {
    const rows = await this.redis.xrange(streamKey(workflowId, this.prefix), `(${cursor}`, '+', 'COUNT', count);
    return rows.map(decodeRow);
  }

  /** Where a cursor stands in the log at one moment. */
  async cursorState(workflowId: WorkflowId, cursor: Cursor): Promise<CursorState> {
    const key = streamKey(workflowId, this.prefix);
    const [same, oldest] = replies(
      await this.redis.multi().xrange(key, cursor, cursor).xrange(key, '-', '+', 'COUNT', 1).exec(),
    ) as [Row[], Row[]];
    if (same.length > 0) return 'known';
    const first = oldest[0]?.[0] as Cursor | undefined;
    return first === undefined || compareCursors(cursor, first) < 0 ? 'expired' : 'unknown';
  }
}

/** The values in a pipeline's reply. Throws the first error among them. */
function replies(reply: [error: Error | null, result: unknown][] | null): unknown[] {
  if (!reply) throw new Error('Redis discarded a transaction');
  return reply.map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}
