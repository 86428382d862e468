import { describe, expect, it, vi } from 'vitest';
import { type Cursor, cursorAt, newId } from '#libs/contracts';
import type { StreamReader } from './stream-reader.js';
import { WorkflowTail } from './workflow-tail.js';
import { flushIntervalMs } from './workflow-tails.js';

/** A tail whose query for the newest entry is answered by the test. */
function setup() {
  const asked: PromiseWithResolvers<Cursor | null>[] = [];
  const reader = {
    newestCursor: () => {
      const answer = Promise.withResolvers<Cursor | null>();
      asked.push(answer);
      return answer.promise;
    },
  } as unknown as StreamReader;
  const options = { recentBytes: 1_000, pageEntries: 10, pageBytes: 1_000, flushIntervalMs: flushIntervalMs };
  const listening = { confirmed: Promise.resolve(), stop: () => undefined };
  const tail = new WorkflowTail(newId('workflow'), reader, options, () => listening);
  void tail.run();
  const answer = async (cursor: Cursor | null) => {
    await vi.waitUntil(() => asked.length > 0);
    asked.shift()?.resolve(cursor);
  };
  return { tail, answer };
}

describe('WorkflowTail', () => {
  it('counts one loss once, however many notice it, and the next one again', async () => {
    const { tail, answer } = setup();
    await answer(cursorAt(1, 5));
    await vi.waitUntil(() => tail.isEstablished);
    const before = { last: tail.last, losses: tail.losses };
    tail.compare(cursorAt(1, 3), before);
    tail.compare(cursorAt(1, 3), before);
    const reported = tail.reportLoss(before.losses);
    await answer(cursorAt(1, 3));
    await reported;
    tail.compare(cursorAt(1, 3), before);
    await tail.reportLoss(before.losses);
    expect(tail).toMatchObject({ losses: 1, last: '1-3' });
    tail.compare(null, { last: tail.last, losses: tail.losses });
    await answer(null);
    await vi.waitUntil(() => tail.losses === 2);
  });
});
