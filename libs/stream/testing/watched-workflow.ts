/**
 * A workflow for tests: a writer of numbered chunks and a stand-in for Postgres that stores after every `storeEvery`
 * chunks, before the stream where the real order of writes says so.
 */
import type { Redis } from 'ioredis';
import { type Cursor, cursorAt, newId, ORIGIN_CURSOR } from '#libs/contracts';
import type { EpochWriter } from '#libs/engine';
import { RedisWorkflowStreamWriter } from '../src/redis-workflow-stream-writer.js';
import type { LoadedSnapshot } from '../src/stream-delivery.js';
import { type CountSnapshot, numbered } from './delivery-checker.js';

export class WatchedWorkflow {
  readonly id = newId('workflow');
  /** How many chunks the log includes at each cursor. */
  readonly counts = new Map<Cursor, number>();
  /** Cursors in order. */
  readonly cursors: Cursor[] = [];
  loads = 0;
  stored: LoadedSnapshot<CountSnapshot> = { cursor: ORIGIN_CURSOR, snapshot: { count: 0 } };
  written = 0;
  epoch = 0;
  private acknowledged = 0;
  private writer: EpochWriter | null = null;

  constructor(
    private readonly redis: Redis,
    private readonly storeEvery = 1,
  ) {}

  readonly loadSnapshot = async (): Promise<LoadedSnapshot<CountSnapshot>> => {
    this.loads += 1;
    return this.loadOnce();
  };

  /** What one load finds. Tests may replace it. */
  loadOnce = (): LoadedSnapshot<CountSnapshot> => this.stored;

  /** Claims the next epoch as a worker does: first stored, then opened. What was not acknowledged is written again. */
  async open(reason: 'RUN_STARTED' | 'TAKEOVER' = 'RUN_STARTED'): Promise<void> {
    this.epoch += 1;
    this.written = this.acknowledged;
    this.stored = { cursor: cursorAt(this.epoch, 0), snapshot: { count: this.acknowledged } };
    this.writer = await new RedisWorkflowStreamWriter(this.redis).open({
      workflowId: this.id,
      epoch: this.epoch,
      reason,
      ends: [],
      onAppended: (cursor, events) => {
        for (const event of events) if (event.type === 'chunks') this.acknowledged += event.chunks.length;
        this.note(cursor);
        if (this.acknowledged % this.storeEvery === 0) {
          this.stored = { cursor, snapshot: { count: this.acknowledged } };
        }
      },
    });
    this.note(this.writer.cursor);
  }

  /** Appends the next chunks in one call; resolves when Redis has them. */
  async write(count = 1): Promise<Cursor> {
    if (!this.writer) throw new Error('No epoch is open');
    const from = this.written + 1;
    this.written += count;
    return this.writer.append([numbered(from, this.written)]);
  }

  private note(cursor: Cursor): void {
    this.counts.set(cursor, this.acknowledged);
    this.cursors.push(cursor);
  }
}
