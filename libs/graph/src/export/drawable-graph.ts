import type { GraphEdge, GraphNode, WorkflowGraph } from '../graph-schema.js';
import type { LossList } from './export-loss.js';

/**
 * The graph in a form that another program accepts: each id once, each edge once and only between existing steps. Whatever
 * is omitted is a loss. The schema allows more, and a half-built graph can be exported too.
 */
export function drawableGraph(graph: WorkflowGraph, losses: LossList): WorkflowGraph {
  const nodes = new Map<string, GraphNode>();
  for (const node of graph.nodes) {
    if (nodes.has(node.id)) {
      losses.add({ nodeId: node.id, message: `A second step with the id "${node.id}" ("${node.label}") is left out.` });
    } else {
      nodes.set(node.id, node);
    }
  }
  const edges = new Map<string, GraphEdge>();
  for (const edge of graph.edges) {
    const connection = JSON.stringify([edge.source, edge.branch ?? null, edge.target]);
    const missing = [edge.source, edge.target].find((id) => !nodes.has(id));
    if (missing !== undefined) {
      losses.add({
        edgeId: edge.id,
        message: `A connection is left out because the step "${missing}" does not exist.`,
      });
    } else if (edges.has(connection)) {
      losses.add({ edgeId: edge.id, message: 'A connection that is drawn twice is exported once.' });
    } else {
      edges.set(connection, edge);
    }
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

/** For formats that show steps but not their settings. */
export function loseParameters(node: GraphNode, losses: LossList): void {
  const names = Object.keys(node.parameters);
  if (names.length === 0) return;
  const shown = names.slice(0, 12).join(', ');
  const message = `A picture shows the step and not its settings: ${shown}${names.length > 12 ? ' and more' : ''}.`;
  losses.add({ nodeId: node.id, path: 'parameters', message });
}
