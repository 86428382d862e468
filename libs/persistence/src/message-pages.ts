/**
 * Pages of a conversation. Owns how much one page holds: a number of messages and a number of bytes, and never less than
 * its first message with whatever else belongs to the same run.
 *
 * Only the messages of a workflow's newest run ever change. All others may be read at any time, in any transaction.
 */
import { type EntityManager, In } from 'typeorm';
import { limits, type MessageId, type UserId, type WorkflowId } from '#libs/contracts';
import { MessageEntity } from './entities/message.entity.js';
import type { MessageView, Page } from './read-models.js';
import { tablesOf } from './table-names.js';
import { messageView } from './views.js';

export interface MessagePageRequest {
  ownerId: UserId;
  workflowId: WorkflowId;
  /** `older` walks towards the beginning of the conversation, `newer` towards its end. */
  towards: 'older' | 'newer';
  /** The place next to the page; `null` for the end of the conversation from which the walk begins. */
  from: number | null;
  /** Walking towards newer ones, stops before this place. */
  until?: number | null;
  size: number;
}

interface WalkedRow {
  id: MessageId;
  more: boolean;
}

/**
 * One row after the other along the index, so that no more bytes are read than the page may hold, and one message that
 * is too much.
 */
function walkStatement(messages: string, towards: MessagePageRequest['towards']): string {
  const [order, beyond] = towards === 'older' ? ['DESC', '<'] : ['ASC', '>'];
  const next = (condition: string) => `
    SELECT id, ordinal, run_id, octet_length(chunks::text)::bigint AS bytes FROM ${messages}
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

/** Two statements, whatever the length of the conversation. The rows are in the order of the conversation. */
export async function messagePage(manager: EntityManager, request: MessagePageRequest): Promise<Page<MessageView>> {
  const { ownerId, workflowId, towards, from, until = null, size } = request;
  const walked = await manager.query<WalkedRow[]>(walkStatement(tablesOf(manager).messages, towards), [
    workflowId,
    ownerId,
    from,
    until,
    Math.min(size, limits.pageSize),
    limits.messagePageBytes,
  ]);
  const found = await manager.find(MessageEntity, {
    where: { id: In(walked.map((row) => row.id)) },
    order: { ordinal: 'ASC' },
  });
  const rows = found.map(messageView);
  return { rows, places: rows.map((row) => row.ordinal), hasNextPage: walked.at(-1)?.more ?? false };
}
