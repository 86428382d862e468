import type { LintContext } from '../graph-issue.js';

export function checkIds({ graph, report }: LintContext): void {
  for (const id of repeated(graph.nodes.map((node) => node.id))) {
    report('DUPLICATE_ID', `More than one node has the id "${id}". Give each node an id of its own.`, { nodeId: id });
  }
  for (const id of repeated(graph.edges.map((edge) => edge.id))) {
    report('DUPLICATE_ID', `More than one edge has the id "${id}". Remove one of them and connect the nodes again.`, {
      edgeId: id,
    });
  }
}

function repeated(ids: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) twice.add(id);
    seen.add(id);
  }
  return twice;
}
