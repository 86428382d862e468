/** Reads of one stream, shared by subscribers at the same position. */
import type { Cursor, WorkflowId } from '#libs/contracts';
import type { LogEntry } from './log-entry.js';
import type { CursorState, StreamReader } from './stream-reader.js';

export interface PageLimits {
  /** A page ends with the reply that reaches one of these. */
  pageEntries: number;
  pageBytes: number;
}

/**
 * How many entries one command asks for at most. It bounds the bytes of a reply even if each entry is as large as it can be:
 * the size of earlier entries says nothing certain about later ones.
 */
const replyEntries = 256;

export class PageReads {
  private readonly pages = new Map<Cursor, Promise<LogEntry[]>>();
  private readonly cursorStates = new Map<Cursor, Promise<CursorState>>();
  /**
   * Average size in bytes of the entries in the last reply. Entries of one stream are mostly alike, so it tells how many of
   * them about fill a page.
   */
  private meanBytes = 0;

  constructor(
    private readonly workflowId: WorkflowId,
    private readonly reader: StreamReader,
    private readonly limits: PageLimits,
  ) {}

  cursorState(cursor: Cursor): Promise<CursorState> {
    return shared(this.cursorStates, cursor, () => this.reader.cursorState(this.workflowId, cursor));
  }

  /** The next page of entries after a position. */
  page(cursor: Cursor): Promise<LogEntry[]> {
    return shared(this.pages, cursor, async () => (await this.read(cursor)).entries);
  }

  /** Like `page`, for the tail only; also tells whether the stream ended there. */
  async read(cursor: Cursor): Promise<{ entries: LogEntry[]; isLast: boolean }> {
    const { pageEntries, pageBytes } = this.limits;
    const entries: LogEntry[] = [];
    let bytes = 0;
    let isLast = false;
    while (!isLast && entries.length < pageEntries && bytes < pageBytes) {
      const count = this.replySize(pageEntries - entries.length, pageBytes - bytes);
      const reply = await this.reader.entriesAfter(this.workflowId, entries.at(-1)?.cursor ?? cursor, count);
      const replyBytes = reply.reduce((sum, entry) => sum + entry.bytes, 0);
      if (reply.length > 0) this.meanBytes = replyBytes / reply.length;
      bytes += replyBytes;
      isLast = reply.length < count;
      entries.push(...reply);
    }
    return { entries, isLast };
  }

  /** How many entries to ask for when a page lacks so many entries and bytes. */
  private replySize(entries: number, bytes: number): number {
    const most = Math.min(entries, replyEntries);
    return this.meanBytes === 0 ? most : Math.max(1, Math.min(most, Math.ceil(bytes / this.meanBytes)));
  }
}

function shared<K, T>(running: Map<K, Promise<T>>, key: K, start: () => Promise<T>): Promise<T> {
  const joined = running.get(key);
  if (joined) return joined;
  const promise = start().finally(() => running.delete(key));
  running.set(key, promise);
  return promise;
}
