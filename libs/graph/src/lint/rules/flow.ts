/** Checks paths: unreachable nodes, cycles without an end, joins with nothing to join. */
import { type LintContext, listOf, nameOf } from '../graph-issue.js';
import { isEntry } from '../graph-structure.js';

export function checkFlow({ structure, report }: LintContext): void {
  for (const node of structure.nodesById.values()) {
    if (!structure.reachable.has(node.id) && !isEntry(node)) {
      report(
        'UNREACHABLE_NODE',
        `No path leads to ${nameOf(node)}, so it never runs. Connect it behind the node that should come before it, or remove it.`,
        { nodeId: node.id },
      );
    }
    const inputs = new Set(
      (structure.incoming.get(node.id) ?? []).map((edge) => `${edge.source} ${edge.branch ?? ''}`),
    );
    if (node.type === 'logic.merge' && inputs.size === 1) {
      report('MERGE_WITHOUT_PATHS', `${nameOf(node)} joins only one path. Connect a second one, or remove it.`, {
        nodeId: node.id,
      });
    }
  }
  for (const cycle of structure.cycles) {
    const members = cycle.map((id) => structure.nodesById.get(id)).filter((node) => node !== undefined);
    report(
      'CYCLE_OUTSIDE_LOOP',
      `${listOf(members.map(nameOf))} lead back to themselves without end. Remove the edge that goes back; to repeat work for every item of a list use "For each" and its "each" branch.`,
      { nodeId: cycle[0] },
    );
  }
}
