/**
 * Cuts connections. Owns page arguments, their limits and the opaque cursors of edges (the kind and the place of the last row).
 */
import { ArgsType, Field, Int } from '@nestjs/graphql';
import { type IdKind, limits } from '#libs/contracts';
import type { Page, PageRequest } from '#libs/persistence';
import { ApiError } from './api-error.js';
import type { ConnectionShape } from './connection.type.js';

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `How many to return: 1 to ${limits.pageSize}, ${limits.defaultPageSize} when absent.`,
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Return what follows this cursor: `endCursor` of the page before.',
  })
  after?: string | null;
}

export interface ConnectionRequest extends PageRequest {
  kind: IdKind;
}

const maxCursorLength = 128;

/** The text that a client holds for a row. */
export function encodeEdgeCursor(kind: IdKind, place: number): string {
  return Buffer.from(`e2:${kind}:${place}`).toString('base64url');
}

function decodeEdgeCursor(text: string, kind: IdKind): number {
  const decoded = text.length <= maxCursorLength ? Buffer.from(text, 'base64url').toString('utf8') : '';
  const place = Number(decoded.slice(decoded.lastIndexOf(':') + 1));
  if (!Number.isSafeInteger(place) || encodeEdgeCursor(kind, place) !== text) {
    throw new ApiError('BAD_USER_INPUT', '`after` is not a cursor of this connection.');
  }
  return place;
}

/** Checks page arguments. Throws BAD_USER_INPUT; `kind` is the kind of the rows' ids. */
export function pageRequest(args: PageArgs, kind: IdKind): ConnectionRequest {
  const first = args.first ?? limits.defaultPageSize;
  if (first < 1 || first > limits.pageSize) {
    throw new ApiError('BAD_USER_INPUT', `\`first\` must be between 1 and ${limits.pageSize}.`);
  }
  const after = args.after ?? null;
  return { first, after: after === null ? null : decodeEdgeCursor(after, kind), kind };
}

/** Presents a page of rows as a connection. */
export function presentConnection<R, T>(
  page: Page<R>,
  request: ConnectionRequest,
  present: (row: R) => T,
): ConnectionShape<T> {
  const edges = page.rows.map((row, index) => ({
    cursor: encodeEdgeCursor(request.kind, page.places[index] ?? 0),
    node: present(row),
  }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: request.after !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
