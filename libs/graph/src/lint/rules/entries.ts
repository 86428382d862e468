/** Checks how a workflow starts. */
import { type LintContext, listOf, nameOf } from '../graph-issue.js';
import { isEntry, isTrigger } from '../graph-structure.js';

export function checkEntries({ graph, structure, report }: LintContext): void {
  if (graph.nodes.length === 0) {
    report('EMPTY_GRAPH', 'The workflow has no nodes. Add a trigger and at least one node behind it.');
    return;
  }
  const [first, ...others] = structure.triggers;
  if (!first) {
    report(
      'NO_TRIGGER',
      'Nothing starts the workflow. Add one trigger, such as a schedule, a webhook or a manual start.',
    );
  }
  for (const other of others) {
    report(
      'MULTIPLE_TRIGGERS',
      `${nameOf(other)} is a second trigger besides ${first ? nameOf(first) : 'the first'}. Keep one, and put the other into a workflow of its own.`,
      { nodeId: other.id },
    );
  }
  for (const node of new Set(structure.nodesById.values())) {
    if (!isEntry(node)) continue;
    const what = isTrigger(node) ? 'trigger' : 'error handler';
    const incoming = structure.incoming.get(node.id) ?? [];
    if (incoming.length > 0) {
      report(
        'TRIGGER_WITH_INPUT',
        `${nameOf(node)} is a ${what} and starts by itself. Remove the edge from ${listOf(incoming.map((edge) => edge.source))}.`,
        { nodeId: node.id },
      );
    }
    if (!structure.outgoing.has(node.id)) {
      report(
        'LEADS_NOWHERE',
        `Nothing follows the ${what} ${nameOf(node)}. Connect it to the first node that should run.`,
        {
          nodeId: node.id,
        },
      );
    }
  }
}
