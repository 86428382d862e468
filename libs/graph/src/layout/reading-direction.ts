/**
 * Whether a graph as drawn reads like text, from left to right and line by line. Nodes keep their places while a graph
 * changes, so a node inserted before another may be drawn after it, and a removed node leaves a hole.
 */
import type { Position, WorkflowGraph } from '../graph-schema.js';
import { adjacency, reach } from '../lint/graph-structure.js';
import { COLUMN_PITCH, NODE_HEIGHT, NODE_WIDTH, overlaps } from './geometry.js';

/** Whether an edge between these positions leads forward: to the right, or to a line below. */
export function isForward(from: Position, to: Position): boolean {
  return to.x >= from.x + NODE_WIDTH || to.y >= from.y + NODE_HEIGHT;
}

/** Whether an edge leads backwards, or to the same position, without being the return edge of a loop. */
export function readsBackwards(graph: WorkflowGraph): boolean {
  const places = placesOf(graph);
  const next = adjacency(graph.edges);
  return graph.edges.some(({ source, target }) => {
    const [from, to] = [places.get(source), places.get(target)];
    return from !== undefined && to !== undefined && !isForward(from, to) && !reach(next, [target]).has(source);
  });
}

/** Whether an edge to the right crosses an empty place in its row, where a node was removed. */
export function hasHoles(graph: WorkflowGraph): boolean {
  const places = placesOf(graph);
  return graph.edges.some(({ source, target }) => {
    const [from, to] = [places.get(source), places.get(target)];
    if (!from || !to || Math.abs(to.y - from.y) >= NODE_HEIGHT) return false;
    for (let x = from.x + COLUMN_PITCH; x + NODE_WIDTH <= to.x; x += COLUMN_PITCH) {
      if (!graph.nodes.some((node) => overlaps(node.position, { x, y: from.y }))) return true;
    }
    return false;
  });
}

function placesOf(graph: WorkflowGraph): Map<string, Position> {
  return new Map(graph.nodes.map((node) => [node.id, node.position]));
}
