/**
 * The line of an edge: a curve to a neighbour, a detour where nodes are in between, and a route back to the left between
 * the rows where a path continues in another line.
 */
import { getBezierPath, Position } from '@xyflow/react';
import { COLUMN_GAP, NODE_HEIGHT, NODE_WIDTH, ROW_GAP } from '#libs/graph';

interface Ends {
  sourceX: number;
  sourceY: number;
  targetX: number;
  targetY: number;
}

/** How far outside a node a line turns. */
const TURN = 20;
const LANE = NODE_HEIGHT / 2 + ROW_GAP / 2;

/** From a node's right side to the left side of one in its own row, with at least one column between them. */
function passesOthers({ sourceX, sourceY, targetX, targetY }: Ends): boolean {
  return targetX - sourceX > NODE_WIDTH + COLUMN_GAP && Math.abs(targetY - sourceY) < NODE_HEIGHT / 2;
}

/**
 * An SVG path. Ends are the positions of the handles, in canvas pixels.
 * @param named whether the name of a branch is shown where the line starts
 */
export function edgePath(ends: Ends, named = false): string {
  const { sourceX, sourceY, targetX, targetY } = ends;
  if (targetX < sourceX) return wayBack(ends, named ? COLUMN_GAP - TURN / 2 : TURN);
  if (!passesOthers(ends)) {
    const sides = { sourcePosition: Position.Right, targetPosition: Position.Left };
    return getBezierPath({ ...ends, ...sides, curvature: 0.35 })[0];
  }
  // The gap between two rows, which no node occupies.
  const side = sourceY < targetY ? -1 : 1;
  const lane = targetY + side * LANE;
  const turn = COLUMN_GAP;
  const bend = turn / 2;
  return [
    `M ${sourceX},${sourceY}`,
    `C ${sourceX + bend},${sourceY} ${sourceX + bend},${lane} ${sourceX + turn},${lane}`,
    `L ${targetX - turn},${lane}`,
    `C ${targetX - bend},${lane} ${targetX - bend},${targetY} ${targetX},${targetY}`,
  ].join(' ');
}

/** Out to the right, along the lane on the near side of the target's row, and into the target from its left. */
function wayBack({ sourceX, sourceY, targetX, targetY }: Ends, turn: number): string {
  const lane = targetY + (targetY > sourceY ? -LANE : LANE);
  const [right, left] = [sourceX + turn, targetX - TURN];
  return [
    `M ${sourceX},${sourceY}`,
    `L ${right - TURN},${sourceY}`,
    `C ${right},${sourceY} ${right},${sourceY} ${right},${(sourceY + lane) / 2}`,
    `C ${right},${lane} ${right},${lane} ${right - TURN},${lane}`,
    `L ${targetX},${lane}`,
    `C ${left},${lane} ${left},${lane} ${left},${(lane + targetY) / 2}`,
    `C ${left},${targetY} ${left},${targetY} ${targetX},${targetY}`,
  ].join(' ');
}
