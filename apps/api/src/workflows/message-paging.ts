/**
 * Pages of a conversation as of one cursor. Combines the snapshot, which alone holds messages that still change, with the
 * older messages, which are read separately.
 */
import { ArgsType, Field, Int } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { limits } from '#libs/contracts';
import type { MessageView, Page, WorkflowReader, WorkflowSnapshot } from '#libs/persistence';
import { ApiError } from '../graphql/api-error.js';
import type { ConnectionShape } from '../graphql/connection.type.js';
import type { OperationBudget } from '../graphql/operation-budget.js';
import { checkedPageSize, decodeEdgeCursor, encodeEdgeCursor } from '../graphql/paging.js';
import { selectsOfNodes } from '../graphql/selection.js';
import { sizeOfJson } from '../graphql/size-of-json.js';
import type { MessageObject } from './message.type.js';
import { presentMessage } from './workflow.presenter.js';

@ArgsType()
export class MessagePageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `How many to return from the beginning of the conversation, or behind \`after\`: 1 to ${limits.pageSize}.`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Return what follows this cursor. Goes with `first`.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `How many to return from the end of the conversation, or in front of \`before\`: 1 to ${limits.pageSize}, ${limits.defaultPageSize} when \`first\` is absent as well.`,
  })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Return what precedes this cursor: `startCursor` of the page after it. Goes with `last`.',
  })
  before?: string | null;
}

interface MessagePageRequest {
  towards: 'older' | 'newer';
  size: number;
  from: number | null;
}

/** Checks page arguments. Throws BAD_USER_INPUT. Without any, the newest messages are returned. */
export function messagePageRequest(args: MessagePageArgs): MessagePageRequest {
  const forward = args.first ?? args.after ?? null;
  const backward = args.last ?? args.before ?? null;
  if (forward !== null && backward !== null) {
    throw new ApiError('BAD_USER_INPUT', 'Ask with `first` and `after`, or with `last` and `before`, not with both.');
  }
  const [towards, name, size, place] =
    forward === null
      ? (['older', 'last', args.last, args.before] as const)
      : (['newer', 'first', args.first, args.after] as const);
  return {
    towards,
    size: checkedPageSize(name, size),
    from: place ? decodeEdgeCursor(place, 'message', name === 'last' ? 'before' : 'after') : null,
  };
}

/**
 * The page as of the snapshot's cursor. A page ends at the boundary of the snapshot, in both directions, so it may be
 * shorter than requested although there is more.
 */
export async function pageOfConversation(
  reader: WorkflowReader,
  snapshot: WorkflowSnapshot,
  request: MessagePageRequest,
): Promise<Page<MessageView>> {
  const { towards, size, from } = request;
  const { id: workflowId, ownerId } = snapshot.workflow;
  const newest = snapshot.messages;
  const start = newest[0]?.ordinal ?? null;
  if (towards === 'older') {
    const within = newest.filter((message) => from === null || message.ordinal < from);
    if (within.length === 0) return reader.messages({ ownerId, workflowId, towards, size, from });
    const rows = within.slice(-size);
    return pageOf(rows, rows.length < within.length || snapshot.hasOlderMessages);
  }
  if (snapshot.hasOlderMessages && (from === null || start === null || from < start)) {
    const page = await reader.messages({ ownerId, workflowId, towards, size, from, until: start });
    if (page.rows.length > 0) return { ...page, hasNextPage: true };
  }
  const within = newest.filter((message) => from === null || message.ordinal > from);
  return pageOf(within.slice(0, size), within.length > size);
}

function pageOf(rows: MessageView[], hasNextPage: boolean): Page<MessageView> {
  return { rows, places: rows.map((row) => row.ordinal), hasNextPage };
}

/**
 * Allows a page that exceeds the page size because of one long run; otherwise nobody could open the workflow or read past
 * that run. The room is for what the selection shows of it, and is made once.
 */
export function makeRoomForLongRun(budget: OperationBudget, page: Page<MessageView>, info: GraphQLResolveInfo): void {
  const shown = ['chunks', 'parts'].filter((name) => selectsOfNodes(info, [name])).length;
  if (shown === 0) return;
  const bytes = sizeOfJson(page.rows.map((row) => row.chunks));
  // Parts take no more bytes than the chunks that they come from.
  if (bytes > limits.messagePageBytes) budget.makeRoomForLongRun(shown * bytes);
}

/** Presents a page as a connection. */
export function presentMessages(
  page: Page<MessageView>,
  { towards, from }: MessagePageRequest,
  { activeRun, latestRun }: WorkflowSnapshot,
): ConnectionShape<MessageObject> {
  const edges = page.rows.map((row) => ({
    cursor: encodeEdgeCursor('message', row.ordinal),
    node: presentMessage(row, [activeRun, latestRun]),
  }));
  const [further, back] = [page.hasNextPage, from !== null];
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: towards === 'newer' ? further : back,
      hasPreviousPage: towards === 'newer' ? back : further,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
