import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Cursor, cursorAt, newId } from '#libs/contracts';
import { type CountSnapshot, DeliveryChecker, numbered } from '../testing/delivery-checker.js';
import type { StreamReader } from './stream-reader.js';
import { StreamSubscriber } from './stream-subscriber.js';
import { WorkflowTail } from './workflow-tail.js';
import { flushIntervalMs } from './workflow-tails.js';

describe('flushIntervalMs', () => {
  it.each([
    [1, 0],
    [20, 0],
    [21, 40],
    [100, 40],
    [400, 100],
    [1_000, 250],
    [5_000, 250],
  ])('lets %i subscribers wait %d ms', (subscribers, ms) => {
    expect(flushIntervalMs(subscribers)).toBe(ms);
  });
});

const perSecond = 100;
const seconds = 5;
const start: Cursor = cursorAt(1, 0);

interface Watcher {
  checker: DeliveryChecker;
  /** When each delivery with events arrived, in milliseconds. */
  frames: number[];
}

/** A stream whose log is empty at first and whose entries arrive only by publishing. */
class PublishedStream {
  readonly workflowId = newId('workflow');
  private readonly tail: WorkflowTail;
  private publish: (message: unknown) => void = () => undefined;
  private written = 0;

  constructor() {
    const reader = {
      newestCursor: () => Promise.resolve(start),
      cursorState: () => Promise.resolve('known'),
      entriesAfter: () => Promise.reject(new Error('Everything was published; nothing is to be read.')),
    } as unknown as StreamReader;
    const options = {
      recentBytes: 1024 * 1024,
      pageEntries: 256,
      pageBytes: 1024 * 1024,
      flushIntervalMs: flushIntervalMs,
    };
    this.tail = new WorkflowTail(this.workflowId, reader, options, (onMessage) => {
      this.publish = onMessage;
      return { confirmed: Promise.resolve(), stop: () => undefined };
    });
    void this.tail.run();
  }

  write(): void {
    const seq = this.written++;
    const events = [numbered(this.written)];
    this.publish({ predecessor: cursorAt(1, seq), cursor: cursorAt(1, seq + 1), bytes: 100, events });
  }

  watch(): Watcher {
    const watcher: Watcher = { checker: new DeliveryChecker(0, start), frames: [] };
    const subscriber = new StreamSubscriber<CountSnapshot>(
      { workflowId: this.workflowId, cursor: start, loadSnapshot: () => Promise.reject(new Error('None is due.')) },
      { acquire: () => this.tail, release: () => undefined },
    );
    const follow = async () => {
      for await (const delivery of subscriber) {
        watcher.checker.apply(delivery);
        if (delivery.kind === 'events' && delivery.events.length > 0) watcher.frames.push(performance.now());
      }
    };
    void follow();
    return watcher;
  }
}

describe('a stream of 100 entries a second', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function watchedBy(subscribers: number): Promise<Watcher[]> {
    const stream = new PublishedStream();
    const watchers = Array.from({ length: subscribers }, () => stream.watch());
    await vi.advanceTimersByTimeAsync(0);
    for (let n = 0; n < perSecond * seconds; n += 1) {
      stream.write();
      await vi.advanceTimersByTimeAsync(1_000 / perSecond);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    return watchers;
  }

  it.each([1, 20])('is sent to each of %i subscribers entry by entry', async (subscribers) => {
    for (const { checker, frames } of await watchedBy(subscribers)) {
      expect(checker).toMatchObject({ count: perSecond * seconds, caughtUp: true });
      expect(frames).toHaveLength(perSecond * seconds);
    }
  });

  it.each([1_000, 5_000])('is sent to each of %i subscribers at most four times a second', async (subscribers) => {
    for (const { checker, frames } of await watchedBy(subscribers)) {
      expect(checker).toMatchObject({ count: perSecond * seconds, caughtUp: true });
      // The first entry is delivered at once.
      expect(frames.length).toBeLessThanOrEqual(4 * seconds + 1);
      expect(frames.length).toBeGreaterThan(3 * seconds);
      const gaps = frames.slice(1).map((at, index) => at - (frames[index] as number));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(250);
    }
  });
});
