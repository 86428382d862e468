/** Relay connections: page arguments, their limits, and opaque edge cursors (the kind of row and its place). */
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
    description: 'Return items after this cursor, the `endCursor` of the previous page.',
  })
  after?: string | null;
}

export interface ConnectionRequest extends PageRequest {
  kind: IdKind;
}

const maxCursorLength = 128;

/** The opaque cursor of a row. */
export function encodeEdgeCursor(kind: IdKind, place: number): string {
  return Buffer.from(`e2:${kind}:${place}`).toString('base64url');
}

/**
 * The place encoded in the cursor given as argument `name`. Throws BAD_USER_INPUT unless it is a valid cursor for this kind
 * of row.
 */
export function decodeEdgeCursor(text: string, kind: IdKind, name: 'after' | 'before'): number {
  const decoded = text.length <= maxCursorLength ? Buffer.from(text, 'base64url').toString('utf8') : '';
  const place = Number(decoded.slice(decoded.lastIndexOf(':') + 1));
  if (!Number.isSafeInteger(place) || encodeEdgeCursor(kind, place) !== text) {
    throw new ApiError('BAD_USER_INPUT', `\`${name}\` is not a cursor of this connection.`);
  }
  return place;
}

/** The page size given as argument `name`, or the default. Throws BAD_USER_INPUT. */
export function checkedPageSize(name: 'first' | 'last', size: number | null | undefined): number {
  const asked = size ?? limits.defaultPageSize;
  if (asked < 1 || asked > limits.pageSize) {
    throw new ApiError('BAD_USER_INPUT', `\`${name}\` must be between 1 and ${limits.pageSize}.`);
  }
  return asked;
}

/** Checks page arguments; `kind` is the kind of the rows' ids. Throws BAD_USER_INPUT. */
export function pageRequest(args: PageArgs, kind: IdKind): ConnectionRequest {
  const first = checkedPageSize('first', args.first);
  const after = args.after ?? null;
  return { first, after: after === null ? null : decodeEdgeCursor(after, kind, 'after'), kind };
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
