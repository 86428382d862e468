/** The order in which edges leave a node: that of its branches. */
import { branchesOf } from '../catalog/branches.js';
import type { GraphEdge, WorkflowGraph } from '../graph-schema.js';

/** The edges grouped by source in the order of nodes, and within one source from its first branch to its last. */
export function edgesInBranchOrder(graph: WorkflowGraph): GraphEdge[] {
  return graph.nodes.flatMap((node) => {
    const branches = branchesOf(node) ?? [];
    const place = ({ branch }: GraphEdge) => {
      const index = branches.indexOf(branch ?? '');
      // Edges without a branch keep their order, after those that have one.
      return index < 0 ? branches.length : index;
    };
    const edges = graph.edges.filter((edge) => edge.source === node.id);
    return edges.toSorted((left, right) => place(left) - place(right));
  });
}
