/**
 * Cursors: positions in a workflow's stream, their two formats, and their order.
 *
 * Inside the server a cursor is `epoch-seq`, which is also the id of the entry in the Redis stream. Clients get an opaque
 * text that also names the workflow, so that a cursor of another workflow is recognised instead of being applied to the
 * wrong one.
 */
import type { WorkflowId } from './ids.js';

declare const cursorBrand: unique symbol;
/** `epoch-seq`, both decimal without leading zeros. */
export type Cursor = `${number}-${number}` & { readonly [cursorBrand]: true };

/** The position before all entries: no epoch has been opened yet. */
export const ORIGIN_CURSOR = '0-0' as Cursor;

/** Builds a cursor. Epochs start at 1; seq 0 is the entry that opens an epoch. */
export function cursorAt(epoch: number, seq: number): Cursor {
  return `${epoch}-${seq}` as Cursor;
}

/** The two numbers of a cursor. */
export function cursorParts(cursor: Cursor): { epoch: number; seq: number } {
  // A replay looks at every cursor several times, and `split` would make an array of each.
  const dash = cursor.indexOf('-');
  return { epoch: Number(cursor.slice(0, dash)), seq: Number(cursor.slice(dash + 1)) };
}

/** Negative when `a` comes before `b`, 0 when they are equal, positive when `a` comes after. */
export function compareCursors(a: Cursor, b: Cursor): number {
  const left = cursorParts(a);
  const right = cursorParts(b);
  return left.epoch - right.epoch || left.seq - right.seq;
}

export function laterCursor(a: Cursor, b: Cursor): Cursor {
  return compareCursors(a, b) >= 0 ? a : b;
}

export function earlierCursor(a: Cursor, b: Cursor): Cursor {
  return compareCursors(a, b) <= 0 ? a : b;
}

const maxEncodedLength = 128;
const encodedShape = /^c1\.(\d{1,15})-(\d{1,15})\.([0-9a-f]{12})$/;

function tagOf(workflowId: WorkflowId): string {
  return workflowId.slice(-12);
}

/** The opaque text for clients. It grants no access: it is only a position. */
export function encodeCursor(workflowId: WorkflowId, cursor: Cursor): string {
  return `c1.${cursor}.${tagOf(workflowId)}`;
}

export type DecodedCursor =
  | { kind: 'cursor'; cursor: Cursor }
  /** Not a cursor of this API. */
  | { kind: 'malformed' }
  /** A cursor of another workflow. */
  | { kind: 'foreign' };

/** Reads a client's cursor. Never throws. */
export function decodeCursor(workflowId: WorkflowId, text: string): DecodedCursor {
  const match = text.length <= maxEncodedLength ? encodedShape.exec(text) : null;
  if (!match) return { kind: 'malformed' };
  if (match[3] !== tagOf(workflowId)) return { kind: 'foreign' };
  return { kind: 'cursor', cursor: cursorAt(Number(match[1]), Number(match[2])) };
}
