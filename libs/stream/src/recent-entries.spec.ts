import { describe, expect, it } from 'vitest';
import { type Cursor, cursorAt, ORIGIN_CURSOR } from '#libs/contracts';
import { numbered } from '../testing/delivery-checker.js';
import { RecentEntries } from './recent-entries.js';

const wide = { maxEvents: 1_000, maxBytes: 1_000_000 };

function filled(count: number, maxBytes: number): RecentEntries {
  const recent = new RecentEntries(maxBytes);
  recent.restart(cursorAt(1, 0));
  for (let n = 1; n <= count; n += 1) recent.push({ cursor: cursorAt(1, n), events: [numbered(n)], bytes: 100 });
  recent.flush();
  return recent;
}

describe('RecentEntries', () => {
  it('keeps no more than its bytes and knows from where it can serve', () => {
    const recent = filled(50, 1_000);
    expect(recent.start).toBe('1-40');
    expect(recent.last).toBe('1-50');
    expect(recent.isBefore(cursorAt(1, 39))).toBe(true);
    expect(recent.isBefore(cursorAt(1, 40))).toBe(false);
    expect(recent.knows(cursorAt(1, 39))).toBe(false);
    expect(recent.knows(cursorAt(1, 40))).toBe(true);
  });

  it('keeps one entry that is larger than its bytes', () => {
    const recent = filled(3, 10);
    expect(recent.start).toBe('1-2');
    expect(recent.entryAfter(cursorAt(1, 2))?.cursor).toBe('1-3');
  });

  it('gives what follows any position that is not before its start', () => {
    const recent = filled(50, 1_000);
    for (let n = 40; n < 50; n += 1) {
      expect(recent.batchAfter(cursorAt(1, n), wide)).toMatchObject({ cursor: '1-50', events: [numbered(n + 1, 50)] });
    }
    expect(recent.entryAfter(cursorAt(1, 50))).toBeNull();
    expect(recent.batchAfter(cursorAt(7, 0), wide)).toBeNull();
  });

  it('gives the same batch to all at one position until more is shown', () => {
    const recent = filled(5, 1_000);
    const first = recent.batchAfter(cursorAt(1, 2), wide);
    expect(recent.batchAfter(cursorAt(1, 2), wide)).toBe(first);
    recent.push({ cursor: cursorAt(1, 6), events: [numbered(6)], bytes: 100 });
    expect(recent.batchAfter(cursorAt(1, 2), wide)).toBe(first);
    expect(recent.entryAfter(cursorAt(1, 5))).toBeNull();
    recent.flush();
    expect(recent.batchAfter(cursorAt(1, 2), wide)?.cursor).toBe('1-6');
  });

  it('shows what it still has when more was evicted than had been shown', () => {
    const recent = filled(5, 1_000);
    for (let n = 6; n <= 50; n += 1) recent.push({ cursor: cursorAt(1, n), events: [numbered(n)], bytes: 100 });
    expect(recent.isBefore(cursorAt(1, 5))).toBe(true);
    expect(recent.entryAfter(cursorAt(1, 45))).toBeNull();
    recent.flush();
    expect(recent.batchAfter(cursorAt(1, 45), wide)).toMatchObject({ cursor: '1-50', events: [numbered(46, 50)] });
  });

  it('serves a position that it never held from the first entry after it', () => {
    const recent = new RecentEntries(1_000);
    recent.restart(cursorAt(3, 8));
    const unknown = '3-10' as Cursor;
    expect(recent.isBefore(unknown)).toBe(false);
    recent.push({ cursor: cursorAt(4, 0), events: [{ type: 'resync-marker', reason: 'TAKEOVER' }], bytes: 40 });
    recent.flush();
    expect(recent.entryAfter(unknown)?.cursor).toBe('4-0');
  });

  it('never takes the very beginning for a known position', () => {
    const recent = new RecentEntries(1_000);
    recent.restart(ORIGIN_CURSOR);
    expect(recent.knows(ORIGIN_CURSOR)).toBe(false);
  });
});
