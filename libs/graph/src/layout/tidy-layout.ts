/**
 * Lays out a whole graph on a person's request, from left to right and then line by line. Every node may move. This is the
 * only module that loads dagre.
 */
import { Graph, layout } from '@dagrejs/dagre';
import type { Position, WorkflowGraph } from '../graph-schema.js';
import { edgesInBranchOrder } from './branch-order.js';
import {
  COLUMN_GAP,
  COLUMN_PITCH,
  COLUMNS,
  NODE_HEIGHT,
  NODE_WIDTH,
  overlaps,
  ROW_GAP,
  ROW_PITCH,
  ROWS,
} from './geometry.js';

/**
 * The same graph with new positions, the top left node near the origin, in at most `columns` columns. Nodes never overlap,
 * and those that follow one node in one column are in the order of its branches. What fits into `columns` by `ROWS` stays
 * within them. Deterministic; cycles, dangling edges and repeated ids are tolerated. Only positions change.
 */
export function tidyLayout(graph: WorkflowGraph, columns = COLUMNS): WorkflowGraph {
  const line = drawnInOneLine(graph);
  const drawn = inLines(line, columns);
  const height = Math.max(0, ...drawn.map(({ y }) => y)) + NODE_HEIGHT;
  const fits = height <= ROWS * ROW_PITCH - ROW_GAP;
  const places = fits || graph.nodes.length > columns * ROWS ? drawn : packed(line, columns);
  return {
    nodes: graph.nodes.map((node, at) => ({ ...node, position: places[at] ?? node.position })),
    edges: graph.edges,
  };
}

/** dagre's positions in the graph's node order, each column a multiple of the pitch. */
function drawnInOneLine(graph: WorkflowGraph): Position[] {
  const drawing = new Graph({ multigraph: false });
  drawing.setGraph({ rankdir: 'LR', nodesep: ROW_GAP, ranksep: COLUMN_GAP, marginx: 0, marginy: 0 });
  drawing.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) drawing.setNode(node.id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const edge of edgesInBranchOrder(graph)) {
    if (edge.source !== edge.target && drawing.hasNode(edge.source) && drawing.hasNode(edge.target)) {
      drawing.setEdge(edge.source, edge.target);
    }
  }
  // Keeps the given order of edges: dagre's crossing minimisation knows only nodes and would swap branches.
  if (graph.nodes.length > 0) layout(drawing, { disableOptimalOrderHeuristic: true });

  const taken: Position[] = [];
  for (const node of graph.nodes) {
    const centre = drawing.node(node.id);
    const position = {
      x: Math.round(((centre?.x ?? 0) - NODE_WIDTH / 2) / COLUMN_PITCH) * COLUMN_PITCH,
      y: Math.round((centre?.y ?? 0) - NODE_HEIGHT / 2),
    };
    // Only nodes with the same id get the same position; they are still drawn apart.
    while (taken.some((other) => overlaps(position, other))) position.y += ROW_PITCH;
    taken.push(position);
  }
  return taken;
}

/** Breaks the single line after this many columns; each further line begins at the left, below the previous one. */
function inLines(places: readonly Position[], columns: number): Position[] {
  const lineOf = ({ x }: Position) => Math.floor(x / COLUMN_PITCH / columns);
  const lines = new Map<number, { top: number; bottom: number }>();
  for (const place of places) {
    const { top, bottom } = lines.get(lineOf(place)) ?? { top: place.y, bottom: place.y };
    lines.set(lineOf(place), { top: Math.min(top, place.y), bottom: Math.max(bottom, place.y) });
  }
  const shifts = new Map<number, number>();
  let next = 0;
  for (const [line, { top, bottom }] of [...lines].toSorted(([one], [other]) => one - other)) {
    shifts.set(line, next - top);
    next += bottom - top + ROW_PITCH;
  }
  return places.map((place) => ({
    x: place.x - lineOf(place) * columns * COLUMN_PITCH,
    y: place.y + (shifts.get(lineOf(place)) ?? 0),
  }));
}

/** Maps each position of the single line to the next place in a field without gaps, column by column. */
function packed(line: readonly Position[], columns: number): Position[] {
  const order = line
    .map((place, at) => ({ ...place, at }))
    .toSorted((one, other) => one.x - other.x || one.y - other.y || one.at - other.at);
  const places = [...line];
  for (const [turn, { at }] of order.entries()) {
    places[at] = { x: (turn % columns) * COLUMN_PITCH, y: Math.floor(turn / columns) * ROW_PITCH };
  }
  return places;
}
