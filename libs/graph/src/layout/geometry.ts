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

/** Whether two nodes at these top left corners would share any space, with `margin` pixels kept free around each. */
export function overlaps(left: Position, right: Position, margin = 0): boolean {
  return Math.abs(left.x - right.x) < NODE_WIDTH + margin && Math.abs(left.y - right.y) < NODE_HEIGHT + margin;
}
