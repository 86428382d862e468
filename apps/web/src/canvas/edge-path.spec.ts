import { describe, expect, it } from 'vitest';
import { COLUMN_PITCH, NODE_HEIGHT, NODE_WIDTH, ROW_PITCH } from '#libs/graph';
import { edgePath } from './edge-path.js';

/** The highest and lowest y of a path's points. */
function heights(path: string): { top: number; bottom: number } {
  const ys = [...path.matchAll(/,(-?[\d.]+)/g)].map((match) => Number(match[1]));
  return { top: Math.min(...ys), bottom: Math.max(...ys) };
}

describe('edgePath', () => {
  it('leads straight to a neighbour', () => {
    const path = edgePath({ sourceX: NODE_WIDTH, sourceY: 44, targetX: COLUMN_PITCH, targetY: 44 });
    expect(heights(path)).toEqual({ top: 44, bottom: 44 });
  });

  it('goes around nodes that stand in between in the same row', () => {
    const past = { sourceX: NODE_WIDTH, targetX: 2 * COLUMN_PITCH, targetY: 44 };
    expect(heights(edgePath({ ...past, sourceY: 58 })).bottom).toBeGreaterThan(NODE_HEIGHT);
    expect(heights(edgePath({ ...past, sourceY: 30 })).top).toBeLessThan(0);
  });

  it('goes back to the left between the rows where a path goes on in another line', () => {
    const path = edgePath({ sourceX: 3 * COLUMN_PITCH + NODE_WIDTH, sourceY: 40, targetX: 0, targetY: 156 });
    const lane = (NODE_HEIGHT + ROW_PITCH) / 2;
    expect(path).toContain(`L 0,${lane}`);
    expect(heights(path)).toEqual({ top: 40, bottom: 156 });
  });
});
