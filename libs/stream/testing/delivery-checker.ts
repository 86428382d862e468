/**
 * The judge of deliveries for this library's own tests: cursors strictly rising, nothing missing, nothing twice. Owns the
 * numbered chunks that these tests write instead of messages; `DeliveryCheck` judges whole workflows with the apps.
 */
import { type AppendableEvent, type Cursor, compareCursors, type MessageId, type RunId } from '#libs/contracts';
import type { StreamDelivery } from '../src/stream-delivery.js';

/** A snapshot as the tests make it: how many numbered chunks it includes. */
export interface CountSnapshot {
  count: number;
}

/** The chunk with a number, to be written as the only one or among others. */
export function numbered(from: number, to = from): AppendableEvent {
  const chunks = Array.from({ length: to - from + 1 }, (_, index) => ({
    type: 'text-delta' as const,
    id: 't',
    delta: `#${from + index}`,
  }));
  return { type: 'chunks', messageId: 'msg_1' as MessageId, runId: 'run_1' as RunId, chunks };
}

export class DeliveryChecker {
  /** How many numbered chunks have been applied: 1 … count, each exactly once. */
  count = 0;
  cursor: Cursor | null = null;
  caughtUp = false;
  readonly snapshots: string[] = [];

  /** A subscriber that resumes starts with the count that belongs to its cursor. */
  constructor(count = 0, cursor: Cursor | null = null) {
    this.count = count;
    this.cursor = cursor;
  }

  /** Applies a delivery. Throws on the first violation. */
  apply(delivery: StreamDelivery<CountSnapshot>): void {
    if (delivery.kind === 'snapshot') {
      this.snapshots.push(delivery.reason);
      this.count = delivery.snapshot.count;
      this.cursor = delivery.cursor;
      this.caughtUp = false;
      return;
    }
    if (this.cursor === null) throw new Error('Events came before a position was known');
    const order = compareCursors(delivery.cursor, this.cursor);
    if (delivery.events.length === 0 ? order !== 0 || !delivery.caughtUp : order <= 0) {
      throw new Error(`Cursor ${delivery.cursor} does not rise after ${this.cursor}`);
    }
    for (const event of delivery.events) this.applyEvent(event);
    this.cursor = delivery.cursor;
    this.caughtUp = delivery.caughtUp;
  }

  private applyEvent(event: AppendableEvent): void {
    if (event.type !== 'chunks') return;
    for (const chunk of event.chunks) {
      const number = chunk.type === 'text-delta' ? Number(chunk.delta.slice(1)) : Number.NaN;
      if (number <= this.count) throw new Error(`Chunk ${number} came twice`);
      if (number !== this.count + 1) throw new Error(`Chunk ${this.count + 1} is missing, ${number} came`);
      this.count = number;
    }
  }
}

/** Follows a subscriber until it has applied `count` chunks and was told that it has caught up. */
export async function follow(
  subscriber: AsyncIterableIterator<StreamDelivery<CountSnapshot>>,
  checker: DeliveryChecker,
  count: number,
): Promise<DeliveryChecker> {
  while (checker.count < count || !checker.caughtUp) {
    const { done, value } = await subscriber.next();
    if (done) throw new Error(`The subscriber ended at chunk ${checker.count} of ${count}`);
    checker.apply(value);
  }
  return checker;
}
