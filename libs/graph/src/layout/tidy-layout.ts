/**
 * Owns the layout of a whole graph at once, from left to right, on a person's request. Moves every node.
 * The only module that loads dagre. Never used while a graph is being built.
 */
import { Graph, layout } from '@dagrejs/dagre';
import type { WorkflowGraph } from '../graph-schema.js';
import { edgesInBranchOrder } from './branch-order.js';
import { COLUMN_GAP, NODE_HEIGHT, NODE_WIDTH, overlaps, ROW_GAP, ROW_PITCH } from './geometry.js';

/**
 * The same graph with new positions, the top left node near the origin. Nodes never overlap, and those that follow one
 * node in one column stand in the order of its branches. Deterministic; cycles,
 * dangling edges and repeated ids are tolerated. Edges and everything else about the nodes stay as they are.
 */
export function tidyLayout(graph: WorkflowGraph): WorkflowGraph {
  const drawing = new Graph({ multigraph: false });
  drawing.setGraph({ rankdir: 'LR', nodesep: ROW_GAP, ranksep: COLUMN_GAP, marginx: 0, marginy: 0 });
  drawing.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) drawing.setNode(node.id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const edge of edgesInBranchOrder(graph)) {
    if (edge.source !== edge.target && drawing.hasNode(edge.source) && drawing.hasNode(edge.target)) {
      drawing.setEdge(edge.source, edge.target);
    }
  }
  // As the edges are given: the search for the fewest crossings knows nodes only, and would turn branches around.
  if (graph.nodes.length > 0) layout(drawing, { disableOptimalOrderHeuristic: true });

  const taken: { x: number; y: number }[] = [];
  const nodes = graph.nodes.map((node) => {
    const centre = drawing.node(node.id);
    const position = {
      x: Math.round((centre?.x ?? 0) - NODE_WIDTH / 2),
      y: Math.round((centre?.y ?? 0) - NODE_HEIGHT / 2),
    };
    // Only nodes that share an id get the same place; they are still drawn apart.
    while (taken.some((other) => overlaps(position, other))) position.y += ROW_PITCH;
    taken.push(position);
    return { ...node, position };
  });
  return { nodes, edges: graph.edges };
}
