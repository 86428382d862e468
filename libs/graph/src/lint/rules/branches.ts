/**
 * Checks named outputs. A branch that must lead somewhere (the body of a loop, a case of a switch, an approval, a received
 * webhook) is an error without an edge. A branch where a path may end is only mentioned, unless the node has no edge at
 * all: then its decision has no effect, which is an error too.
 */
import { outletsOf } from '../../catalog/branches.js';
import { findNodeType } from '../../catalog/catalog.js';
import { type LintContext, listOf, nameOf } from '../graph-issue.js';

export function checkBranches({ structure, report }: LintContext): void {
  for (const node of structure.nodesById.values()) {
    if (!findNodeType(node.type)) continue;
    const outlets = outletsOf(node);
    const edges = structure.outgoing.get(node.id) ?? [];
    const names = outlets?.map((outlet) => outlet.name) ?? [];

    for (const edge of edges) {
      const branch = edge.branch ?? null;
      if (!outlets && branch !== null) {
        report(
          'UNKNOWN_BRANCH',
          `${nameOf(node)} has a single output without a name, but an edge to "${edge.target}" leaves by "${branch}". Connect it without a branch.`,
          { edgeId: edge.id },
        );
      } else if (outlets && (branch === null || !names.includes(branch))) {
        const given = branch === null ? 'names no branch' : `leaves by "${branch}", which does not exist`;
        report(
          'UNKNOWN_BRANCH',
          `The edge from ${nameOf(node)} to "${edge.target}" ${given}. Use one of: ${listOf(names)}.`,
          {
            edgeId: edge.id,
          },
        );
      }
    }

    const connected = new Set(edges.map((edge) => edge.branch ?? null));
    for (const outlet of outlets ?? []) {
      if (connected.has(outlet.name)) continue;
      const path = `branches.${outlet.name}`;
      if (outlet.mustConnect || edges.length === 0) {
        report(
          'UNCONNECTED_BRANCH',
          `The branch "${outlet.name}" of ${nameOf(node)} leads nowhere. Connect it to what should happen then${outlet.mustConnect ? '' : ', or remove the node'}.`,
          { nodeId: node.id, path },
        );
      } else {
        report(
          'BRANCH_ENDS',
          `The workflow ends at the branch "${outlet.name}" of ${nameOf(node)}. Connect it if something should happen then.`,
          {
            nodeId: node.id,
            path,
          },
        );
      }
    }
  }
}
