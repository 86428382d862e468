/** Reads of one stream, shared by subscribers at the same position. */
import type { Cursor, WorkflowId } from '#libs/contracts';
import type { LogEntry } from './log-entry.js';
import type { CursorState, StreamReader } from './stream-reader.js';

export interface PageLimits {
  /** The most entries that one read of Redis asks for, and about the most bytes. */
  pageEntries: number;
  pageBytes: number;
}

/** How many entries are asked for while their size is not known; not more than may be held if each is as large as it can be. */
const firstPageEntries = 256;

export class PageReads {
  private readonly pages = new Map<Cursor, Promise<LogEntry[]>>();
  private readonly cursorStates = new Map<Cursor, Promise<CursorState>>();
  /**
   * Average size of an entry in bytes. Entries of one stream are alike, so the last page tells how many fit into the next
   * one.
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
    const count = this.pageSize;
    const entries = await this.reader.entriesAfter(this.workflowId, cursor, count);
    if (entries.length > 0) this.meanBytes = entries.reduce((sum, entry) => sum + entry.bytes, 0) / entries.length;
    return { entries, isLast: entries.length < count };
  }

  private get pageSize(): number {
    const { pageEntries, pageBytes } = this.limits;
    if (this.meanBytes === 0) return Math.min(pageEntries, firstPageEntries);
    return Math.max(1, Math.min(pageEntries, Math.floor(pageBytes / this.meanBytes)));
  }
}

function shared<K, T>(running: Map<K, Promise<T>>, key: K, start: () => Promise<T>): Promise<T> {
  const joined = running.get(key);
  if (joined) return joined;
  const promise = start().finally(() => running.delete(key));
  running.set(key, promise);
  return promise;
}
