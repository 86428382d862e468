/** Adds an end to paths that would lead nowhere, so that every plan passes the linter. Removes nothing. */
import { findNodeType, outletsOf } from '#libs/graph';
import type { GraphView, Plan, PlannedEdge, PlannedNode } from './plan.js';
import { sameEdge } from './plan.js';

/**
 * The plan with a stop after every branch that must lead somewhere and every entry that nothing follows; a remark mentions
 * it.
 */
export function sealPlan(plan: Plan, start: GraphView): Plan {
  if (plan.kind === 'nothing') return plan;
  const gone = new Set(plan.removals);
  const nodes = [...start.nodes.filter(({ id }) => !gone.has(id)), ...plan.nodes];
  const edges = [...start.edges, ...plan.edges].filter(
    (edge) =>
      !gone.has(edge.source) && !gone.has(edge.target) && !plan.disconnects.some((other) => sameEdge(edge, other)),
  );
  const open = nodes.flatMap((node) => openEnds(node, edges));
  if (open.length === 0) return plan;
  let id = 'end';
  for (
    let number = 2;
    start.nodes.some((node) => node.id === id) || plan.nodes.some((node) => node.id === id);
    number += 1
  ) {
    id = `end${number}`;
  }
  const stop: PlannedNode = { id, type: 'logic.stop', label: 'End here', parameters: {} };
  const labels = new Map(nodes.map((node) => [node.id, node.label]));
  return {
    ...plan,
    nodes: [...plan.nodes, stop],
    edges: [...plan.edges, ...open.map((tail) => ({ ...tail, target: id }))],
    remarks: [
      ...plan.remarks,
      ...open.map((tail) => nothingBehind(labels.get(tail.source) ?? tail.source, tail.branch)),
    ],
  };
}

function nothingBehind(label: string, branch: string | undefined): string {
  const place = branch === undefined ? `“${label}”` : `“${branch}” of “${label}”`;
  return `I found nothing to do behind ${place}, so the workflow ends there.`;
}

function openEnds(node: PlannedNode, edges: readonly PlannedEdge[]): { source: string; branch?: string }[] {
  const leaving = edges.filter((edge) => edge.source === node.id);
  const outlets = outletsOf(node);
  if (outlets !== null) {
    // A decision without any edge has no effect, so its first branch gets the stop.
    const [first] = outlets;
    if (leaving.length === 0 && first !== undefined && !outlets.some((outlet) => outlet.mustConnect)) {
      return [{ source: node.id, branch: first.name }];
    }
    return outlets
      .filter((outlet) => outlet.mustConnect && !leaving.some((edge) => edge.branch === outlet.name))
      .map((outlet) => ({ source: node.id, branch: outlet.name }));
  }
  return findNodeType(node.type)?.entry === true && leaving.length === 0 ? [{ source: node.id }] : [];
}
