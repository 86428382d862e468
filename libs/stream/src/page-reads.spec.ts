import { describe, expect, it } from 'vitest';
import { type Cursor, cursorAt, cursorParts, newId } from '#libs/contracts';
import type { LogEntry } from './log-entry.js';
import { PageReads } from './page-reads.js';
import type { StreamReader } from './stream-reader.js';

const smallBytes = 100;
const largeBytes = 64 * 1024;
const limits = { pageEntries: 2_048, pageBytes: 512 * 1024 };

/** Reads of a log with entries of these sizes, at `1-1`, `1-2` and so on, and the replies that they got. */
function readsOf(sizes: readonly number[]) {
  const log = sizes.map((bytes, at): LogEntry => ({ cursor: cursorAt(1, at + 1), events: [], bytes }));
  const replies: LogEntry[][] = [];
  const entriesAfter = async (_: unknown, cursor: Cursor, count: number) => {
    const { seq } = cursorParts(cursor);
    const reply = log.slice(seq, seq + count);
    replies.push(reply);
    return reply;
  };
  const reads = new PageReads(newId('workflow'), { entriesAfter } as unknown as StreamReader, limits);
  return { reads, log, replies };
}

const bytesOf = (entries: readonly LogEntry[]) => entries.reduce((sum, { bytes }) => sum + bytes, 0);

/** Reads to the end; how many entries each page had. */
async function readAll(reads: PageReads, log: readonly LogEntry[]): Promise<LogEntry[][]> {
  const pages: LogEntry[][] = [];
  for (let isLast = false, cursor = cursorAt(1, 0); !isLast; ) {
    const page = await reads.read(cursor);
    pages.push(page.entries);
    cursor = page.entries.at(-1)?.cursor ?? cursor;
    isLast = page.isLast;
  }
  expect(pages.flat()).toEqual(log);
  return pages;
}

describe('PageReads', () => {
  it('bounds the bytes of a reply and of a page when large entries follow small ones', async () => {
    const { reads, log, replies } = readsOf([...Array(256).fill(smallBytes), ...Array(1_000).fill(largeBytes)]);
    const pages = await readAll(reads, log);
    expect(Math.max(...replies.map(bytesOf))).toBeLessThanOrEqual(256 * largeBytes);
    expect(Math.max(...pages.map(bytesOf))).toBeLessThanOrEqual(limits.pageBytes + 256 * largeBytes);
    // Once their size is known, no more of them are asked for than fill a page.
    expect(replies.slice(2).map((reply) => bytesOf(reply) <= limits.pageBytes)).not.toContain(false);
  });

  it('bounds a reply to one position while others read small entries of the same stream', async () => {
    const { reads, replies } = readsOf([...Array(5_000).fill(smallBytes), ...Array(1_000).fill(largeBytes)]);
    await reads.read(cursorAt(1, 0));
    await reads.read(cursorAt(1, 5_000));
    await reads.read(cursorAt(1, 2_048));
    await reads.read(cursorAt(1, 5_300));
    expect(Math.max(...replies.map(bytesOf))).toBeLessThanOrEqual(256 * largeBytes);
  });

  it('makes large pages of small entries', async () => {
    const { reads, log } = readsOf(Array(10_000).fill(smallBytes));
    const pages = await readAll(reads, log);
    expect(pages.map((page) => page.length)).toEqual([2_048, 2_048, 2_048, 2_048, 1_808]);
  });

  it('knows the end of a stream that ends with a full reply', async () => {
    const { reads, log } = readsOf(Array(512).fill(smallBytes));
    expect(await readAll(reads, log)).toHaveLength(1);
  });
});
