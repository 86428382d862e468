/**
 * Assistant messages as they are stored: a compacted list, and the segments that were appended to it since. Each chunk has
 * an index in its message, which is never given to another chunk. Segments before `segmentsFrom` are in the list already,
 * or were taken back; they are kept because they know each chunk by its index.
 */
import type { EntityManager, FindOptionsWhere } from 'typeorm';
import {
  type ChunkRange,
  type Cursor,
  chunksIn,
  compactChunks,
  cursorParts,
  type MessageId,
  type MessageSegment,
  type RunId,
  type UIMessageChunk,
} from '#libs/contracts';
import { MessageEntity } from './entities/message.entity.js';
import { MessageSegmentEntity } from './entities/message-segment.entity.js';
import { storable, storedJson } from './stored-values.js';
import { tablesOf } from './table-names.js';

/** A message with everything appended to it. */
export interface ReadMessage extends MessageEntity {
  /** One more than the highest index of its chunks so far. */
  nextIndex: number;
}

/** Reads messages in conversation order: one statement, so each is as of one moment. Linear in their size. */
export async function readMessages(
  manager: EntityManager,
  where: FindOptionsWhere<MessageEntity>,
): Promise<ReadMessage[]> {
  const { message_segments } = tablesOf(manager);
  const { raw, entities } = await manager
    .createQueryBuilder(MessageEntity, 'message')
    .addSelect(
      `(SELECT json_agg(chunks ORDER BY first_index) FROM ${message_segments}
         WHERE message_id = message.id AND first_index >= message.segments_from)`,
      'segments',
    )
    .addSelect(nextIndex(message_segments), 'next_index')
    .where(where)
    .orderBy('message.ordinal', 'ASC')
    .getRawAndEntities<{ segments: UIMessageChunk[][] | null; next_index: number }>();
  return entities.map((message, at) => {
    const { segments, next_index } = raw[at] as (typeof raw)[number];
    const read = { ...message, nextIndex: next_index };
    if (!segments) return read;
    const appended: UIMessageChunk[] = storedJson.from(segments.flat());
    return { ...read, chunks: compactChunks([...message.chunks, ...appended]) };
  });
}

/** Which message a run writes, and the index of its next chunk. */
export async function findAnswer(manager: EntityManager, runId: RunId): Promise<Pick<ReadMessage, 'id' | 'nextIndex'>> {
  const { messages, message_segments } = tablesOf(manager);
  const [row] = await manager.query<Pick<ReadMessage, 'id' | 'nextIndex'>[]>(
    `SELECT id, ${nextIndex(message_segments)} AS "nextIndex" FROM ${messages} AS message
      WHERE run_id = $1 AND role = 'assistant'`,
    [runId],
  );
  if (!row) throw new Error(`${runId} has no message of its own.`);
  return row;
}

/** The assistant's message of a run. */
export async function readAnswer(manager: EntityManager, runId: RunId): Promise<ReadMessage> {
  const [message] = await readMessages(manager, { runId, role: 'assistant' });
  if (!message) throw new Error(`${runId} has no message of its own.`);
  return message;
}

/** The chunks of each range, as they were sent. One statement, and linear in the size of the segments that hold them. */
export async function readStreamed(
  manager: EntityManager,
  messageId: MessageId,
  ranges: readonly ChunkRange[],
): Promise<UIMessageChunk[][]> {
  if (ranges.length === 0) return [];
  const { message_segments } = tablesOf(manager);
  const rows = await manager.query<MessageSegment[]>(
    `SELECT first_index::float8 AS "index", chunk_count AS count, chunks, pieces FROM ${message_segments}
      WHERE message_id = $1 AND first_index < $3 AND first_index + chunk_count > $2 ORDER BY first_index`,
    [messageId, Math.min(...ranges.map(({ from }) => from)), Math.max(...ranges.map(({ to }) => to))],
  );
  return chunksIn(storedJson.from(rows), ranges);
}

/** Appends a segment with an index beyond all others. The workflow must be locked. */
export async function appendSegment(
  manager: EntityManager,
  messageId: MessageId,
  { index: firstIndex, count: chunkCount, chunks, pieces }: MessageSegment,
  cursor: Cursor,
): Promise<void> {
  const { epoch: cursorEpoch, seq: cursorSeq } = cursorParts(cursor);
  const place = { messageId, firstIndex, chunkCount, cursorEpoch, cursorSeq };
  await manager.insert(MessageSegmentEntity, { ...place, chunks: storable(chunks), pieces });
}

/** Replaces the message by this list. Segments so far add nothing more to it. */
export async function replaceMessage(
  manager: EntityManager,
  { id, nextIndex }: Pick<ReadMessage, 'id' | 'nextIndex'>,
  chunks: readonly UIMessageChunk[],
): Promise<void> {
  await manager.update(MessageEntity, { id }, { chunks: storable(chunks), segmentsFrom: nextIndex });
}

function nextIndex(segments: string): string {
  return `greatest(message.segments_from, (
    SELECT first_index + chunk_count FROM ${segments} WHERE message_id = message.id
     ORDER BY first_index DESC LIMIT 1))::float8`;
}
