/** Checks single edges: missing ends, edges to the node itself, repeated edges, edges from a terminal node. */
import { findNodeType } from '../../catalog/catalog.js';
import { type LintContext, nameOf } from '../graph-issue.js';

export function checkEdges({ graph, structure, report }: LintContext): void {
  const seen = new Set<string>();
  for (const edge of graph.edges) {
    const place = { edgeId: edge.id };
    const source = structure.nodesById.get(edge.source);
    const target = structure.nodesById.get(edge.target);
    if (!source || !target) {
      const missing = [source ? null : edge.source, target ? null : edge.target].filter((id) => id !== null);
      report(
        'DANGLING_EDGE',
        `The edge from "${edge.source}" to "${edge.target}" refers to ${[...new Set(missing)].map((id) => `"${id}"`).join(' and ')}, which does not exist. Remove the edge or add the node.`,
        place,
      );
      continue;
    }
    if (edge.source === edge.target) {
      report('SELF_EDGE', `${nameOf(source)} leads to itself. Remove the edge; to repeat work use "For each".`, place);
      continue;
    }
    const key = JSON.stringify([edge.source, edge.branch ?? null, edge.target]);
    if (seen.has(key)) {
      const branch = edge.branch ? ` by the branch "${edge.branch}"` : '';
      report(
        'DUPLICATE_EDGE',
        `${nameOf(source)} leads to ${nameOf(target)} twice${branch}, so it would run twice. Remove one edge.`,
        place,
      );
    }
    seen.add(key);
    if (findNodeType(source.type)?.terminal) {
      report(
        'EDGE_FROM_TERMINAL',
        `${nameOf(source)} ends the workflow, so ${nameOf(target)} can never follow it. Remove the edge or the stop.`,
        place,
      );
    }
  }
}
