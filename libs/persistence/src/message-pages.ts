/**
 * Pages of a conversation. A page is limited in messages and in bytes, but always holds its first message and the other
 * message of the same run.
 *
 * Only the messages of a workflow's newest run ever change. All others may be read at any time, in any transaction.
 */
import { type EntityManager, In } from 'typeorm';
import { limits, type MessageId, type UserId, type WorkflowId } from '#libs/contracts';
import { readMessages } from './message-segments.js';
import type { Page } from './read-models.js';
import { tablesOf } from './table-names.js';
import { type MessageView, messageView } from './views.js';

export interface MessagePageRequest {
  ownerId: UserId;
  workflowId: WorkflowId;
  /** `older` walks towards the beginning of the conversation, `newer` towards its end. */
  towards: 'older' | 'newer';
  /** The position next to the page; `null` to start from the end of the conversation. */
  from: number | null;
  /** When walking towards newer messages, stops before this position. */
  until?: number | null;
  size: number;
}

interface WalkedRow {
  id: MessageId;
  more: boolean;
}

/** Walks the index row by row, so that it reads no more bytes than the page may hold, plus one message that exceeds it. */
function walkStatement(
  { messages, message_segments: segments }: Record<'messages' | 'message_segments', string>,
  towards: MessagePageRequest['towards'],
): string {
  const [order, beyond] = towards === 'older' ? ['DESC', '<'] : ['ASC', '>'];
  const next = (condition: string) => `
    SELECT id, ordinal, run_id, octet_length(chunks::text) + coalesce((
             SELECT sum(octet_length(chunks::text)) FROM ${segments}
              WHERE message_id = message.id AND first_index >= message.segments_from), 0) AS bytes
      FROM ${messages} AS message
     WHERE workflow_id = $1 AND owner_id = $2 AND (${condition}) AND ($4::bigint IS NULL OR ordinal < $4)
     ORDER BY ordinal ${order} LIMIT 1`;
  return `
    WITH RECURSIVE walk AS (
      SELECT first.*, 1 AS number, first.run_id AS first_run FROM (${next(
        `$3::bigint IS NULL OR ordinal ${beyond} $3`,
      )}) AS first
      UNION ALL
      SELECT next.id, next.ordinal, next.run_id, walk.bytes + next.bytes, walk.number + 1, walk.first_run
        FROM walk CROSS JOIN LATERAL (${next(`ordinal ${beyond} walk.ordinal`)}) AS next
       WHERE walk.number < $5 AND (walk.bytes + next.bytes <= $6 OR next.run_id = walk.first_run)
    )
    SELECT walk.id, EXISTS (
             SELECT FROM ${messages} AS further
              WHERE further.workflow_id = $1 AND further.ordinal ${beyond} walk.ordinal
           ) AS more
      FROM walk ORDER BY walk.number`;
}

/** Two statements, whatever the length of the conversation. Rows are in conversation order. */
export async function messagePage(manager: EntityManager, request: MessagePageRequest): Promise<Page<MessageView>> {
  const { ownerId, workflowId, towards, from, until = null, size } = request;
  const walked = await manager.query<WalkedRow[]>(walkStatement(tablesOf(manager), towards), [
    workflowId,
    ownerId,
    from,
    until,
    Math.min(size, limits.pageSize),
    limits.messagePageBytes,
  ]);
  const found = await readMessages(manager, { id: In(walked.map((row) => row.id)) });
  const rows = found.map(messageView);
  return { rows, places: rows.map((row) => row.ordinal), hasNextPage: walked.at(-1)?.more ?? false };
}
