import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppendableEvent, ChunksEvent, Cursor, MessageId, RunId, StreamEvent } from '#libs/contracts';
import { numbered } from '../testing/delivery-checker.js';
import { AppendQueue } from './append-queue.js';
import { cursorBefore, decodeRow, follows, joinEntries, type LogEntry, readPublished } from './log-entry.js';
import type { StoredChunks } from './stored-chunks.js';

const wide = { maxEvents: 1_000, maxBytes: 1_000_000 };

function entry(seq: number, events: StreamEvent[]): LogEntry {
  return { cursor: `1-${seq}` as Cursor, events, bytes: JSON.stringify(events).length };
}

/** The entry that the write side makes of these events, as a reader finds it. */
function storedEntry(seq: number, events: AppendableEvent[]): LogEntry {
  const queue = new AppendQueue(0);
  queue.push(events, { done: () => undefined, last: false, capped: true });
  const { json = '', chunks = 0 } = queue.take() ?? {};
  return decodeRow([`1-${seq}`, ['events', json, ...(chunks > 0 ? ['chunks', String(chunks)] : [])]]);
}

describe('follows', () => {
  it.each([
    ['1-4', '1-5', true],
    ['1-4', '1-6', false],
    ['1-4', '2-0', true],
    ['1-4', '7-0', true],
    ['1-4', '2-1', false],
    ['1-4', '1-4', false],
  ])('tells whether anything can be missing between %s and %s', (from, to, expected) => {
    expect(follows(from as Cursor, to as Cursor)).toBe(expected);
  });

  it('agrees with cursorBefore inside an epoch', () => {
    expect(follows(cursorBefore('3-8' as Cursor), '3-8' as Cursor)).toBe(true);
  });
});

describe('joinEntries', () => {
  it.each(['resync-marker', 'snapshot-mark'])('stops before a resync marker, spelled %s', (type) => {
    const marker = { type, reason: 'TAKEOVER' } as StreamEvent;
    const entries = [entry(1, [numbered(1)]), entry(2, [numbered(2)]), entry(3, [marker]), entry(4, [numbered(3)])];
    expect(joinEntries(entries, 0, wide)).toMatchObject({ cursor: '1-2', events: [numbered(1, 2)], entries: 2 });
    expect(joinEntries(entries, 2, wide)).toBeNull();
    expect(joinEntries(entries, 4, wide)).toBeNull();
  });

  it('stops before a hole', () => {
    const entries = [entry(1, [numbered(1)]), entry(2, [numbered(2)]), entry(4, [numbered(4)])];
    expect(joinEntries(entries, 0, wide)).toMatchObject({ cursor: '1-2', entries: 2 });
    expect(joinEntries(entries, 2, wide)).toMatchObject({ cursor: '1-4', entries: 1 });
  });

  it('never changes the entries, which others share', () => {
    const entries = [1, 2, 3].map((n) => entry(n, [numbered(n)]));
    const before = structuredClone(entries);
    joinEntries(entries, 0, wide);
    joinEntries(entries, 1, wide);
    expect(entries).toEqual(before);
  });

  it('gives every event once and in order for any entries and any limits', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('chunk' as const), message: fc.integer({ min: 1, max: 2 }) }),
      fc.record({ kind: fc.constant('other' as const), message: fc.constant(0) }),
    );
    const made = fc.record({ events: fc.array(event, { minLength: 1, maxLength: 4 }), stored: fc.boolean() });
    const shape = fc.array(made, { maxLength: 12 });
    const limits = fc.record({ maxEvents: fc.integer({ min: 1, max: 8 }), maxBytes: fc.integer({ min: 1, max: 900 }) });
    fc.assert(
      fc.property(shape, limits, (log, bounds) => {
        let number = 0;
        const entries = log.map(({ events, stored }, index) =>
          (stored ? storedEntry : entry)(
            index + 1,
            events.map(({ kind, message }): AppendableEvent => {
              number += 1;
              if (kind === 'other') {
                const runId = 'run_1' as RunId;
                return {
                  type: 'attempt-failed',
                  runId,
                  attempt: number,
                  message: '',
                  willRetry: true,
                  nextRetryAt: null,
                };
              }
              return { ...numbered(number), messageId: `msg_${message}` as MessageId } as AppendableEvent;
            }),
          ),
        );
        const seen: number[] = [];
        let at = 0;
        for (let batch = joinEntries(entries, at, bounds); batch; batch = joinEntries(entries, at, bounds)) {
          at += batch.entries;
          expect(batch.cursor).toBe(entries[at - 1]?.cursor);
          for (const given of batch.events) {
            if (given.type === 'attempt-failed') seen.push(given.attempt);
            if (given.type !== 'chunks') continue;
            for (const chunk of given.chunks) if (chunk.type === 'text-delta') seen.push(Number(chunk.delta.slice(1)));
          }
        }
        expect(at).toBe(entries.length);
        expect(seen).toEqual(Array.from({ length: number }, (_, index) => index + 1));
      }),
    );
  });
});

describe('reading', () => {
  it('takes only messages that the append script publishes', () => {
    const message = { predecessor: '0-0', cursor: '1-0', bytes: 2, events: [] };
    expect(readPublished(message)).toEqual(message);
    for (const broken of [null, 'text', {}, { ...message, cursor: '1' }, { ...message, predecessor: 3 }]) {
      expect(readPublished(broken)).toBeNull();
    }
    expect(readPublished({ ...message, events: 'x' })).toBeNull();
  });

  it('leaves a list of chunks unread until somebody looks into it', () => {
    const json = '[{"type":"chunks","messageId":"msg_1","runId":"run_1","chunks":[not JSON]}]';
    const [event] = decodeRow(['1-1', ['events', json, 'chunks', '3']]).events;
    expect(event).toMatchObject({ type: 'chunks', messageId: 'msg_1', runId: 'run_1', count: 3, items: 'not JSON' });
    expect(() => JSON.stringify(event)).toThrow(SyntaxError);
  });

  it('keeps the index of the first chunk, as long as chunks are joined', () => {
    const queue = new AppendQueue(0, 7);
    queue.push([numbered(1, 3), numbered(4)], { done: () => undefined, last: false, capped: true });
    const { json = '', chunks = 0, nextIndex } = queue.take() ?? {};
    expect(nextIndex).toBe(11);
    const [first] = decodeRow(['1-1', ['events', json, 'chunks', String(chunks)]]).events as [StoredChunks];
    expect(first).toMatchObject({ index: 7, count: 4 });
    expect(first.followedBy(first)).toMatchObject({ index: 7, count: 8 });
    expect(joinEntries([entry(1, JSON.parse(json)), entry(2, [numbered(5)])], 0, wide)?.events).toMatchObject([
      { index: 7, chunks: { length: 5 } },
    ]);
  });

  it('reads chunks as they were written, whatever their text holds', () => {
    const text = '"]}]\\\n\u0000\u2028😀\ud800';
    const event = { ...numbered(1), chunks: [{ type: 'text-delta', id: 't', delta: text }] } as ChunksEvent;
    const [first] = storedEntry(1, [event]).events as [StoredChunks];
    expect(first.chunks).toEqual(event.chunks);
    expect(JSON.parse(JSON.stringify(first.followedBy(first)))).toEqual({
      ...event,
      chunks: [...event.chunks, ...event.chunks],
    });
  });

  it('looks into what an older writer wrote, and into what is laid out in another way', () => {
    const json = JSON.stringify([numbered(1, 2)]);
    const other = JSON.stringify([{ runId: 'run_1', ...numbered(1, 2) }]);
    expect(decodeRow(['1-1', ['events', json]]).events).toEqual([numbered(1, 2)]);
    expect(decodeRow(['1-1', ['events', other, 'chunks', '2']]).events).toEqual([numbered(1, 2)]);
  });

  it('refuses a row of another writer', () => {
    expect(() => decodeRow(['1-1', ['other', '[]']])).toThrow('holds no events');
  });
});
