/**
 * Events waiting to be appended. They are serialised once, joined, cut into entries of bounded size and counted against the
 * output caps.
 */
import { type AppendableEvent, type Cursor, limits, type UIMessageChunk } from '#libs/contracts';
import { OutputLimitError } from '#libs/engine';
import { chunksJson } from './stored-chunks.js';

/** The largest entry, unless one event alone is larger. Small enough to page through, large enough to be cheap. */
export const entryLimits = { chunks: 256, bytes: 64 * 1024 } as const;

type ChunksEvent = Extract<AppendableEvent, { type: 'chunks' }>;

interface ChunkPiece {
  kind: 'chunk';
  of: ChunksEvent;
  chunk: UIMessageChunk;
  index: number | undefined;
}
interface EventPiece {
  kind: 'event';
  event: AppendableEvent;
}
/** Holds no events; completes when everything queued before it has been appended. */
interface BarrierPiece {
  kind: 'barrier';
}
type Piece = (ChunkPiece | EventPiece | BarrierPiece) & {
  json: string;
  bytes: number;
  /** Called with the cursor of the entry that contains this piece. */
  done: ((cursor: Cursor) => void) | null;
  /** Whether the log ends with this piece. */
  last: boolean;
};

export interface QueuedEntry {
  events: readonly AppendableEvent[];
  /** The events as a JSON array. */
  json: string;
  /** How many chunks there are when the entry is one `chunks` event and nothing else, otherwise 0. */
  chunks: number;
  /** The index of the chunk after this entry; `null` when it gives none. */
  nextIndex: number | null;
  /** Whether the log ends here. */
  last: boolean;
  settle(cursor: Cursor): void;
}

export interface PushOptions {
  done: (cursor: Cursor) => void;
  last: boolean;
  /** Whether the output caps apply. Events that end a message or a log are always accepted. */
  capped: boolean;
}

/** The queue of one epoch. */
export class AppendQueue {
  private pieces: Piece[] = [];
  private head = 0;

  /**
   * @param runBytes bytes that the run wrote in earlier epochs
   * @param nextIndex the index of the next chunk; `null` to give chunks none
   */
  constructor(
    private runBytes: number,
    public nextIndex: number | null = null,
  ) {}

  get isEmpty(): boolean {
    return this.head === this.pieces.length;
  }

  /**
   * Queues events; returns false when there are none. `done` is called when the last of them has been appended. Throws
   * `OutputLimitError` and queues nothing when a chunk or the run as a whole exceeds its cap.
   */
  push(events: readonly AppendableEvent[], { done, last, capped }: PushOptions): boolean {
    const pieces = events.flatMap(toPieces);
    const tail = pieces.at(-1);
    if (!tail) return false;
    const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
    if (capped) {
      if (pieces.some((piece) => piece.kind === 'chunk' && piece.bytes > limits.chunkBytes)) {
        throw new OutputLimitError(`A chunk is larger than ${limits.chunkBytes} bytes`);
      }
      if (this.runBytes + bytes > limits.runBytes) {
        throw new OutputLimitError(`The stream of a run grew past ${limits.runBytes} bytes`);
      }
    }
    this.runBytes += bytes;
    tail.done = done;
    tail.last = last;
    for (const piece of pieces) {
      if (piece.kind === 'chunk' && this.nextIndex !== null) piece.index = this.nextIndex++;
      this.pieces.push(piece);
    }
    return true;
  }

  /** Calls `done` with the cursor of the last entry once everything queued before has been appended. */
  flushed(done: (cursor: Cursor) => void): void {
    this.pieces.push({ kind: 'barrier', json: '', bytes: 0, done, last: false });
  }

  /** Drops everything in the queue. */
  clear(): void {
    this.pieces = [];
    this.head = 0;
  }

  /**
   * Takes the next entry: as many events as fit, and at least one unless only barriers are queued. `null` when the queue is
   * empty.
   */
  take(): QueuedEntry | null {
    const taken: Piece[] = [];
    let bytes = 0;
    for (let piece = this.pieces[this.head]; piece; piece = this.pieces[this.head]) {
      if (taken.length > 0 && (taken.length >= entryLimits.chunks || bytes + piece.bytes > entryLimits.bytes)) break;
      taken.push(piece);
      bytes += piece.bytes;
      this.head += 1;
    }
    if (this.head > 1024 || this.isEmpty) {
      this.pieces = this.pieces.slice(this.head);
      this.head = 0;
    }
    return taken.length === 0 ? null : toEntry(taken);
  }
}

function toPieces(event: AppendableEvent): Piece[] {
  if (event.type !== 'chunks') {
    const json = JSON.stringify(event);
    return [{ kind: 'event', event, json, bytes: Buffer.byteLength(json), done: null, last: false }];
  }
  return event.chunks.map((chunk) => {
    const json = JSON.stringify(chunk);
    return {
      kind: 'chunk',
      of: event,
      chunk,
      index: undefined,
      json,
      bytes: Buffer.byteLength(json),
      done: null,
      last: false,
    };
  });
}

function toEntry(pieces: readonly Piece[]): QueuedEntry {
  const events: AppendableEvent[] = [];
  const parts: string[] = [];
  let open: { event: ChunksEvent; json: string[] } | null = null;
  const close = (): void => {
    if (!open) return;
    parts.push(chunksJson(open.event, open.json));
    open = null;
  };
  for (const piece of pieces) {
    if (piece.kind === 'barrier') continue;
    if (piece.kind === 'event') {
      close();
      events.push(piece.event);
      parts.push(piece.json);
      continue;
    }
    const current = open as { event: ChunksEvent; json: string[] } | null;
    if (current && current.event.messageId === piece.of.messageId && current.event.runId === piece.of.runId) {
      current.event.chunks.push(piece.chunk);
      current.json.push(piece.json);
      continue;
    }
    close();
    const { messageId, runId } = piece.of;
    const event: ChunksEvent = { type: 'chunks', messageId, runId, index: piece.index, chunks: [piece.chunk] };
    open = { event, json: [piece.json] };
    events.push(event);
  }
  close();
  const [only] = events;
  const lastChunk = pieces.findLast((piece) => piece.kind === 'chunk');
  const dones = pieces.flatMap((piece) => (piece.done ? [piece.done] : []));
  return {
    events,
    json: `[${parts.join(',')}]`,
    chunks: only?.type === 'chunks' && events.length === 1 ? only.chunks.length : 0,
    nextIndex: lastChunk?.index === undefined ? null : lastChunk.index + 1,
    last: pieces.some((piece) => piece.last),
    settle: (cursor) => {
      for (const done of dones) done(cursor);
    },
  };
}
