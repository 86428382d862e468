/** Owns the fixed sizes of the canvas. Nodes all have one size, which spares the page a measuring pass. Canvas pixels. */
import type { Position } from '../graph-schema.js';

export const NODE_WIDTH = 232;
export const NODE_HEIGHT = 80;
/** Free space between two columns: enough for the name of a branch. */
export const COLUMN_GAP = 80;
/** Free space between two rows. */
export const ROW_GAP = 36;
export const COLUMN_PITCH = NODE_WIDTH + COLUMN_GAP;
export const ROW_PITCH = NODE_HEIGHT + ROW_GAP;

/**
 * Columns before a row continues below, as lines of text do. At the smallest zoom at which labels can be read, this many
 * fit beside the conversation on a screen of 1280 pixels. More: part of a small graph is outside.
 */
export const COLUMNS = 4;
/** Rows that fit there as well. A graph grows past them only when they are full. */
export const ROWS = 8;

/** Whether two nodes at these top left corners would share any space, with `margin` pixels kept free around each. */
export function overlaps(left: Position, right: Position, margin = 0): boolean {
  return Math.abs(left.x - right.x) < NODE_WIDTH + margin && Math.abs(left.y - right.y) < NODE_HEIGHT + margin;
}
