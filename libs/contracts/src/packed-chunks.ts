/**
 * Chunks in stream order, packed without forgetting where each of them begins and ends: neighbouring deltas of a part are
 * joined, and the lengths of the joined pieces stand beside them. What is packed can be folded as it is, and unpacked into
 * the very chunks that were sent, so that the chunk with index k of a run stays that chunk for ever.
 */
import type { UIMessageChunk } from './stream-events.js';

export interface PackedChunks {
  /** Folds to the same as the chunks themselves. */
  chunks: UIMessageChunk[];
  /**
   * For each entry of `chunks`, how many UTF-16 code units of its delta each joined piece has; `null` for a chunk that stands
   * alone. Shorter than `chunks` when the last entries stand alone.
   */
  pieces: (number[] | null)[];
}

/** Chunks that follow each other in a message. */
export interface MessageSegment extends PackedChunks {
  /** The index of the first chunk in the message. */
  index: number;
  /** How many chunks there were before they were packed. */
  count: number;
}

/** The chunks of a message with indexes from `from` on and before `to`. */
export interface ChunkRange {
  from: number;
  to: number;
}

export function segmentOf(index: number, chunks: readonly UIMessageChunk[]): MessageSegment {
  return { index, count: chunks.length, ...packChunks(chunks) };
}

type DeltaField = 'delta' | 'inputTextDelta';
type Joined = { entry: UIMessageChunk; field: DeltaField; texts: string[] };

const deltaFields: ReadonlyMap<string, DeltaField> = new Map([
  ['text-delta', 'delta'],
  ['reasoning-delta', 'delta'],
  ['tool-input-delta', 'inputTextDelta'],
]);

/** The field that holds a delta, if the chunk has nothing but its type, its part and that. */
function deltaField(chunk: UIMessageChunk): DeltaField | null {
  if (Object.keys(chunk).length !== 3) return null;
  const field = deltaFields.get(chunk.type);
  // Agents write chunks, so a field may be missing whatever its type says.
  return field && typeof textIn(chunk, field) === 'string' ? field : null;
}

function partOf(chunk: UIMessageChunk): string | null {
  if ('toolCallId' in chunk) return chunk.toolCallId;
  return 'id' in chunk ? (chunk.id ?? null) : null;
}

function textIn(chunk: UIMessageChunk, field: DeltaField): string {
  return (chunk as unknown as Record<DeltaField, string>)[field];
}

/** Linear in the size of the chunks, which are not modified. */
export function packChunks(chunks: readonly UIMessageChunk[]): PackedChunks {
  const packed: PackedChunks = { chunks: [], pieces: [] };
  let open: Joined | null = null;
  const close = (): void => {
    if (!open || open.texts.length === 1) return;
    const { entry, field, texts } = open;
    packed.chunks[packed.chunks.length - 1] = { ...entry, [field]: texts.join('') };
    while (packed.pieces.length < packed.chunks.length - 1) packed.pieces.push(null);
    packed.pieces.push(texts.map((text) => text.length));
  };
  for (const chunk of chunks) {
    const field = deltaField(chunk);
    if (open && field && open.entry.type === chunk.type && partOf(open.entry) === partOf(chunk)) {
      open.texts.push(textIn(chunk, field));
      continue;
    }
    close();
    packed.chunks.push(chunk);
    open = field && { entry: chunk, field, texts: [textIn(chunk, field)] };
  }
  close();
  return packed;
}

/** The chunks that were packed, in order. Linear in their size. */
export function unpackChunks({ chunks, pieces }: PackedChunks): UIMessageChunk[] {
  return chunks.flatMap((entry, index) => {
    const lengths = pieces[index];
    const field = deltaField(entry);
    if (!lengths || !field) return [entry];
    let from = 0;
    return lengths.map((length) => {
      const piece = { ...entry, [field]: textIn(entry, field).slice(from, from + length) };
      from += length;
      return piece;
    });
  });
}

/** The chunks of each range. Segments in order; linear in their size and that of the result. */
export function chunksIn(segments: readonly MessageSegment[], ranges: readonly ChunkRange[]): UIMessageChunk[][] {
  const unpacked = segments.map(unpackChunks);
  return ranges.map(({ from, to }) => {
    const found: UIMessageChunk[] = [];
    for (let at = firstEndingAfter(segments, from); at < segments.length; at += 1) {
      const { index } = segments[at] as MessageSegment;
      if (index >= to) break;
      for (const chunk of unpacked[at]?.slice(Math.max(0, from - index), to - index) ?? []) found.push(chunk);
    }
    return found;
  });
}

function firstEndingAfter(segments: readonly MessageSegment[], position: number): number {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const { index, count } = segments[middle] as MessageSegment;
    if (index + count > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
