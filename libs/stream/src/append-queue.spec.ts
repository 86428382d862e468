import { describe, expect, it } from 'vitest';
import { type AppendableEvent, limits, type MessageId, type RunId } from '#libs/contracts';
import { OutputLimitError } from '#libs/engine';
import { AppendQueue, entryLimits, type QueuedEntry } from './append-queue.js';

const runId = 'run_1' as RunId;
const ignore = { done: () => undefined, last: false, capped: true };

function text(delta: string, messageId = 'msg_1'): AppendableEvent {
  return { type: 'chunks', messageId: messageId as MessageId, runId, chunks: [{ type: 'text-delta', id: 't', delta }] };
}

function failed(attempt: number): AppendableEvent {
  return { type: 'attempt-failed', runId, attempt, message: 'No answer', willRetry: true, nextRetryAt: null };
}

function drain(queue: AppendQueue): QueuedEntry[] {
  const entries: QueuedEntry[] = [];
  for (let entry = queue.take(); entry; entry = queue.take()) entries.push(entry);
  return entries;
}

describe('AppendQueue', () => {
  it('joins neighbouring chunks of one message and keeps the order of everything else', () => {
    const queue = new AppendQueue(0);
    queue.push([text('a'), text('b')], ignore);
    queue.push([failed(1), text('c')], ignore);
    queue.push([text('d', 'msg_2')], ignore);
    const [entry] = drain(queue);
    const kinds = entry?.events.map((event) => (event.type === 'chunks' ? event.chunks.length : event.type));
    expect(kinds).toEqual([2, 'attempt-failed', 1, 1]);
    expect(JSON.parse(entry?.json ?? '')).toEqual(entry?.events);
  });

  it('tells of an entry that is one list of chunks how many there are, and of no other', () => {
    const countsOf = (...events: AppendableEvent[]) => {
      const queue = new AppendQueue(0);
      queue.push(events, ignore);
      return drain(queue).map((entry) => entry.chunks);
    };
    expect(countsOf(text('a'), text('b'))).toEqual([2]);
    expect(countsOf(text('a'), text('b', 'msg_2'))).toEqual([0]);
    expect(countsOf(text('a'), failed(1))).toEqual([0]);
    expect(countsOf(failed(1))).toEqual([0]);
  });

  it('writes JSON that reads back as what was given, whatever the text holds', () => {
    const queue = new AppendQueue(0);
    const given = text('"\\\n\u0000\u2028😀\ud800');
    queue.push([given], ignore);
    expect(JSON.parse(drain(queue)[0]?.json ?? '')).toEqual([given]);
  });

  it('cuts entries by chunks and by bytes, and lets one large event leave alone', () => {
    const queue = new AppendQueue(0);
    queue.push(
      Array.from({ length: entryLimits.chunks + 1 }, () => text('a')),
      ignore,
    );
    expect(drain(queue).map((entry) => entry.events[0]?.type === 'chunks' && entry.events[0].chunks.length)).toEqual([
      entryLimits.chunks,
      1,
    ]);
    queue.push([text('a'), text('b'.repeat(entryLimits.bytes)), text('c')], ignore);
    expect(drain(queue).length).toBe(3);
  });

  it('settles an append with the entry that its last event left in', () => {
    const queue = new AppendQueue(0);
    const settled: string[] = [];
    const chunks = Array.from({ length: entryLimits.chunks + 1 }, () => text('a'));
    queue.push(chunks, { done: (cursor) => settled.push(cursor), last: false, capped: true });
    const [first, second] = drain(queue);
    first?.settle('1-1' as never);
    expect(settled).toEqual([]);
    second?.settle('1-2' as never);
    expect(settled).toEqual(['1-2']);
  });

  it('counts bytes, not characters, against the cap of a chunk, and queues nothing of a refused append', () => {
    const queue = new AppendQueue(0);
    const half = limits.chunkBytes / 2;
    expect(() => queue.push([text('a'), text('é'.repeat(half))], ignore)).toThrow(OutputLimitError);
    expect(queue.isEmpty).toBe(true);
    queue.push([text('a'.repeat(half))], ignore);
    expect(queue.isEmpty).toBe(false);
  });

  it('counts what the run has written in earlier epochs', () => {
    const queue = new AppendQueue(limits.runBytes - 100);
    queue.push([text('a')], ignore);
    expect(() => queue.push([text('a'.repeat(100))], ignore)).toThrow(OutputLimitError);
    queue.push([failed(1)], { done: () => undefined, last: true, capped: false });
    expect(drain(queue)).toHaveLength(1);
  });

  it('caps the bytes of a run but always takes its end', () => {
    const queue = new AppendQueue(0);
    const chunk = text('a'.repeat(limits.chunkBytes - 100));
    expect(() => {
      for (let n = 0; n <= limits.runBytes / limits.chunkBytes + 2; n += 1) {
        queue.push([chunk], ignore);
        queue.take();
      }
    }).toThrow(OutputLimitError);
    queue.push([failed(1)], { done: () => undefined, last: true, capped: false });
    expect(drain(queue).map((entry) => entry.last)).toEqual([true]);
  });
});
