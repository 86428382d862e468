/**
 * Owns whether a graph can be read from left to right as it stands. Nodes keep their places while a graph is being
 * changed, so one that is put before another may stand behind it.
 */
import type { WorkflowGraph } from '../graph-schema.js';
import { NODE_WIDTH } from './geometry.js';

/** Whether an edge leads back to the left, or stays in its column, without being the way back of a loop. */
export function readsBackwards(graph: WorkflowGraph): boolean {
  const places = new Map(graph.nodes.map((node) => [node.id, node.position]));
  const next = new Map<string, string[]>();
  for (const { source, target } of graph.edges) next.set(source, [...(next.get(source) ?? []), target]);
  return graph.edges.some(({ source, target }) => {
    const [from, to] = [places.get(source), places.get(target)];
    return from !== undefined && to !== undefined && to.x < from.x + NODE_WIDTH && !leadsTo(next, target, source);
  });
}

/** Whether `to` can be reached from `from`. Cycles are tolerated. */
function leadsTo(next: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const id of seen) {
    if (id === to) return true;
    for (const following of next.get(id) ?? []) seen.add(following);
  }
  return false;
}
