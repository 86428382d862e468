/** The fixed sizes of the canvas, in canvas pixels. All nodes have the same size, so the page needs no measuring pass. */
import type { Position } from '../graph-schema.js';

export const NODE_WIDTH = 232;
export const NODE_HEIGHT = 80;
/** Space between two columns: enough for the name of a branch. */
export const COLUMN_GAP = 80;
/** Space between two rows. */
export const ROW_GAP = 36;
export const COLUMN_PITCH = NODE_WIDTH + COLUMN_GAP;
export const ROW_PITCH = NODE_HEIGHT + ROW_GAP;

/**
 * Columns before a row continues below, like lines of text. At the smallest readable zoom, this many fit beside the
 * conversation on a screen of 1280 pixels. More: part of a small graph is out of view.
 */
export const COLUMNS = 4;
/** Rows that fit there as well. A graph grows beyond them only when they are full. */
export const ROWS = 8;

/** Whether two nodes at these top left corners would overlap, with `margin` pixels kept free around each. */
export function overlaps(left: Position, right: Position, margin = 0): boolean {
  return Math.abs(left.x - right.x) < NODE_WIDTH + margin && Math.abs(left.y - right.y) < NODE_HEIGHT + margin;
}
