/**
 * Owns where a node goes while a graph is still being built: one column behind its deepest parent, in the next free row,
 * so that what comes later stands below. Never moves a node that is already placed; laying everything out anew is the business of tidy-layout.
 */
import { findNodeType } from '../catalog/catalog.js';
import type { GraphNode, Position, WorkflowGraph } from '../graph-schema.js';
import { COLUMN_PITCH, overlaps, ROW_PITCH } from './geometry.js';

/** A node that has no place yet. */
export interface UnplacedNode extends Omit<GraphNode, 'position'> {
  /** Id of the node it will come after, for when its edge does not exist yet. */
  readonly after?: string | null;
}

/** Space that is kept free around a node. */
const MARGIN = 16;

/**
 * Positions for new nodes, in the order given; the nodes of the graph stay where they are and nothing overlaps.
 * Parents are the sources of existing edges, else `after`; without either, a node goes to the right of the node that
 * was added last, and one that starts a path of its own (trigger, error handler) to the left, below everything.
 */
export function placeNodes(graph: WorkflowGraph, newNodes: readonly UnplacedNode[]): GraphNode[] {
  const placed = new Map<string, Position>(graph.nodes.map((node) => [node.id, node.position]));
  // Also holds the places of nodes whose id repeats.
  const taken: Position[] = graph.nodes.map((node) => node.position);
  let last: Position | undefined = taken.at(-1);

  return newNodes.map(({ after, ...node }) => {
    const parents = parentsOf(graph, node.id, after)
      .map((id) => placed.get(id))
      .filter((position) => position !== undefined);
    const anchor = wantedPosition(node, parents, taken, last);
    const position = nextFreeRow(anchor, taken);
    placed.set(node.id, position);
    taken.push(position);
    last = position;
    return { ...node, position };
  });
}

function parentsOf(graph: WorkflowGraph, id: string, after: string | null | undefined): string[] {
  const sources = graph.edges.filter((edge) => edge.target === id && edge.source !== id).map((edge) => edge.source);
  if (sources.length > 0) return sources;
  return after ? [after] : [];
}

function wantedPosition(
  node: Omit<GraphNode, 'position'>,
  parents: readonly Position[],
  taken: readonly Position[],
  last: Position | undefined,
): Position {
  const [first, ...others] = parents;
  if (first) {
    const deepest = others.reduce((best, parent) => (parent.x > best.x ? parent : best), first);
    const middle = parents.reduce((sum, parent) => sum + parent.y, 0) / parents.length;
    return { x: deepest.x + COLUMN_PITCH, y: parents.length > 1 ? snap(middle, first.y) : first.y };
  }
  if (!last) return { x: 0, y: 0 };
  if (findNodeType(node.type)?.entry) {
    return {
      x: Math.min(...taken.map((position) => position.x)),
      y: Math.max(...taken.map((position) => position.y)) + ROW_PITCH,
    };
  }
  return { x: last.x + COLUMN_PITCH, y: last.y };
}

/** Rows stay in line with the first parent's. */
function snap(y: number, origin: number): number {
  return origin + Math.round((y - origin) / ROW_PITCH) * ROW_PITCH;
}

/** The wanted place, else one row below, two below, … until nothing is in the way. */
function nextFreeRow(wanted: Position, taken: readonly Position[]): Position {
  const column = taken.filter((other) => overlaps({ x: other.x, y: 0 }, { x: wanted.x, y: 0 }, MARGIN));
  for (let row = 0; ; row += 1) {
    const candidate = { x: wanted.x, y: wanted.y + row * ROW_PITCH };
    if (!column.some((other) => overlaps(candidate, other, MARGIN))) return candidate;
  }
}
