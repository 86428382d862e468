/** The line of a connection. Owns its shape: a curve to a neighbour, a way around where nodes stand in between. */
import { getBezierPath, Position } from '@xyflow/react';
import { COLUMN_GAP, NODE_HEIGHT, NODE_WIDTH, ROW_GAP } from '#libs/graph';

interface Ends {
  sourceX: number;
  sourceY: number;
  targetX: number;
  targetY: number;
}

/** From a node's right side to the left side of one in its own row, with at least one column between them. */
function passesOthers({ sourceX, sourceY, targetX, targetY }: Ends): boolean {
  return targetX - sourceX > NODE_WIDTH + COLUMN_GAP && Math.abs(targetY - sourceY) < NODE_HEIGHT / 2;
}

/** An SVG path. Ends are where the handles are, in canvas pixels. */
export function edgePath(ends: Ends): string {
  const { sourceX, sourceY, targetX, targetY } = ends;
  if (!passesOthers(ends)) {
    const sides = { sourcePosition: Position.Right, targetPosition: Position.Left };
    return getBezierPath({ ...ends, ...sides, curvature: 0.35 })[0];
  }
  // Between two rows there is room that no node takes.
  const side = sourceY < targetY ? -1 : 1;
  const lane = targetY + side * (NODE_HEIGHT / 2 + ROW_GAP / 2);
  const turn = COLUMN_GAP;
  const bend = turn / 2;
  return [
    `M ${sourceX},${sourceY}`,
    `C ${sourceX + bend},${sourceY} ${sourceX + bend},${lane} ${sourceX + turn},${lane}`,
    `L ${targetX - turn},${lane}`,
    `C ${targetX - bend},${lane} ${targetX - bend},${targetY} ${targetX},${targetY}`,
  ].join(' ');
}
