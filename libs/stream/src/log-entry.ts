/**
 * Log entries as readers hold them: decoding, continuity checks, and joining several into one batch. All subscribers of a
 * process share the entries, so they must not be modified.
 */
import {
  type AppendableEvent,
  type ChunksEvent,
  type Cursor,
  compareCursors,
  cursorParts,
  isTerminalEvent,
  type ResyncMarkerEvent,
  type StreamEvent,
} from '#libs/contracts';
import { StoredChunks } from './stored-chunks.js';

export interface LogEntry {
  cursor: Cursor;
  events: readonly StreamEvent[];
  /** UTF-8 bytes of the events as JSON. */
  bytes: number;
}

/** What the append script publishes. */
export interface PublishedEntry extends LogEntry {
  /** Cursor of the entry before this one in Redis, `0-0` when it is the first. */
  predecessor: Cursor;
}

const cursorShape = /^\d{1,15}-\d{1,15}$/;

/** Validates a pub/sub message that is already parsed. `null` when the append script did not write it. */
export function readPublished(message: unknown): PublishedEntry | null {
  if (typeof message !== 'object' || message === null) return null;
  const { predecessor, cursor, bytes, events } = message as Partial<Record<keyof PublishedEntry, unknown>>;
  if (typeof cursor !== 'string' || !cursorShape.test(cursor)) return null;
  if (typeof predecessor !== 'string' || !cursorShape.test(predecessor)) return null;
  if (typeof bytes !== 'number' || !Array.isArray(events)) return null;
  return { predecessor: predecessor as Cursor, cursor: cursor as Cursor, bytes, events: events as StreamEvent[] };
}

/** Decodes one row of an XRANGE reply. Throws when it was not written by the scripts of this folder. */
export function decodeRow([id, fields]: [id: string, fields: string[]]): LogEntry {
  const [name, json, second, count] = fields;
  if (name !== 'events' || json === undefined) throw new Error(`Entry ${id} of a stream holds no events`);
  const list = second === 'chunks' ? StoredChunks.ofEntry(json, Number(count)) : null;
  const events = list ? [list] : (JSON.parse(json) as StreamEvent[]);
  return { cursor: id as Cursor, events, bytes: Buffer.byteLength(json) };
}

/** The second type was written by builds of November 2026; the log of a waiting run keeps it as long as the run waits. */
const markerTypes: ReadonlySet<string> = new Set<string>([
  'resync-marker' satisfies ResyncMarkerEvent['type'],
  'snapshot-mark',
]);

/** The resync marker of an opening entry, `null` for every other entry. */
export function resyncMarkerOf(entry: LogEntry): ResyncMarkerEvent | null {
  const first = entry.events[0];
  return first && markerTypes.has(first.type) ? (first as ResyncMarkerEvent) : null;
}

/**
 * Whether `next`, read as the first entry after `cursor`, follows it without a gap: it is the next entry of the same epoch
 * or opens a later epoch.
 */
export function follows(cursor: Cursor, next: Cursor): boolean {
  const from = cursorParts(cursor);
  // Nearly always so, and cheaper than reading the second cursor.
  if (next === `${from.epoch}-${from.seq + 1}`) return true;
  const to = cursorParts(next);
  return to.epoch > from.epoch && to.seq === 0;
}

/** The position right before an entry that does not open its epoch. */
export function cursorBefore(cursor: Cursor): Cursor {
  const { epoch, seq } = cursorParts(cursor);
  return `${epoch}-${Math.max(0, seq - 1)}` as Cursor;
}

export interface EntryBatch {
  /** Cursor of the last entry in the batch. */
  cursor: Cursor;
  events: readonly AppendableEvent[];
  /** How many of the given entries the batch contains. */
  entries: number;
  /** UTF-8 bytes of those entries. */
  bytes: number;
}

export interface BatchLimits {
  /** A `chunks` event counts its chunks, every other event counts one. */
  maxEvents: number;
  maxBytes: number;
}

/**
 * Events that a subscriber may be waiting for among entries up to a position: ends of runs and changes of hooks. A snapshot
 * at that position shows their result, but not that they happened.
 */
export function awaitedEvents(entries: readonly LogEntry[], upTo: Cursor): AppendableEvent[] {
  return entries
    .filter((entry) => compareCursors(entry.cursor, upTo) <= 0)
    .flatMap((entry) => entry.events)
    .filter((event) => event.type === 'hook' || isTerminalEvent(event));
}

/** How much an event weighs against `BatchLimits.maxEvents`. */
export function weightOf(event: StreamEvent): number {
  if (event instanceof StoredChunks) return event.count;
  return event.type === 'chunks' ? event.chunks.length : 1;
}

function areOfOneMessage(one: ChunksEvent, other: ChunksEvent): boolean {
  return one.messageId === other.messageId && one.runId === other.runId;
}

/**
 * Joins entries in order from `start`, until `end`, the limits (at least one entry), the next resync marker or a gap.
 * Adjacent chunks of one message become one event. `null` when there is no entry or a marker comes first.
 */
export function joinEntries(
  entries: readonly LogEntry[],
  start: number,
  limits: BatchLimits,
  end: number = entries.length,
): EntryBatch | null {
  const events: AppendableEvent[] = [];
  let weight = 0;
  let bytes = 0;
  let index = start;
  let own: ChunksEvent | null = null;
  for (; index < end; index += 1) {
    const entry = entries[index] as LogEntry;
    if (resyncMarkerOf(entry)) break;
    const previous = entries[index - 1];
    if (index > start && previous && !follows(previous.cursor, entry.cursor)) break;
    for (const event of entry.events) weight += weightOf(event);
    if (index > start && (weight > limits.maxEvents || bytes + entry.bytes > limits.maxBytes)) break;
    bytes += entry.bytes;
    for (const event of entry.events as readonly AppendableEvent[]) {
      const last = events.at(-1);
      if (last?.type !== 'chunks' || event.type !== 'chunks' || !areOfOneMessage(last, event)) events.push(event);
      else if (last instanceof StoredChunks && event instanceof StoredChunks) {
        events[events.length - 1] = last.followedBy(event);
      } else if (own === last) own.chunks.push(...event.chunks);
      else {
        // The first event belongs to its shared entry, so the batch extends a copy.
        const { type, messageId, runId, index: from }: ChunksEvent = last;
        own = { type, messageId, runId, index: from, chunks: [...last.chunks, ...event.chunks] };
        events[events.length - 1] = own;
      }
    }
  }
  const last = entries[index - 1];
  return index === start || last === undefined ? null : { cursor: last.cursor, events, entries: index - start, bytes };
}
