/** Tries to fix the linter's findings one by one. Findings without a known fix are left to the user. */
import { ownValue } from '#libs/contracts';
import { branchesOf, exampleParameters, findNodeType } from '#libs/graph';
import type { ToolCallIntent } from '../model-turn.js';
import type { GraphView, PlannedNode } from './plan.js';
import type { Finding } from './run-state.js';

interface Repair {
  calls: ToolCallIntent[];
  /** What was done, one sentence each. */
  done: string[];
}

/** Tool calls that should fix the findings; none when no fix is known. Each node is changed once. */
export function planRepair(findings: readonly Finding[], graph: GraphView): Repair {
  const repair: Repair = { calls: [], done: [] };
  const treated = new Set<string>();
  for (const finding of findings) {
    const node = graph.nodes.find(({ id }) => id === finding.nodeId);
    if (node === undefined || treated.has(node.id)) continue;
    treated.add(node.id);
    remedy(finding, node, graph, repair);
  }
  return repair;
}

function remedy(finding: Finding, node: PlannedNode, graph: GraphView, repair: Repair): void {
  switch (finding.code) {
    case 'UNKNOWN_NODE_TYPE':
    case 'UNREACHABLE_NODE':
    case 'EDGE_FROM_TERMINAL':
    case 'MULTIPLE_TRIGGERS':
    case 'NOTHING_TO_ANSWER':
      repair.calls.push({ name: 'removeNodes', arguments: { ids: [node.id] } });
      repair.done.push(`removed “${node.label}”`);
      return;
    case 'UNCONNECTED_BRANCH':
    case 'LEADS_NOWHERE': {
      const stop = `${node.id}End`;
      if (graph.nodes.some(({ id }) => id === stop)) return;
      const used = new Set(graph.edges.filter((edge) => edge.source === node.id).map((edge) => edge.branch));
      const open = branchesOf(node)?.filter((branch) => !used.has(branch)) ?? [undefined];
      const edges = open.map((branch) => ({ source: node.id, target: stop, ...(branch ? { branch } : {}) }));
      repair.calls.push(
        {
          name: 'addNodes',
          arguments: { nodes: [{ id: stop, type: 'logic.stop', label: 'End here', parameters: {}, after: node.id }] },
        },
        { name: 'connectNodes', arguments: { edges } },
      );
      repair.done.push(`ended the open path of “${node.label}”`);
      return;
    }
    default:
      remedyParameter(finding, node, repair);
  }
}

/** Inserts the catalogue's example where a parameter is missing or wrong. */
function remedyParameter(finding: Finding, node: PlannedNode, repair: Repair): void {
  const type = findNodeType(node.type);
  if (type === undefined || type === null) return;
  const named =
    /parameters\.([\w-]+)/u.exec(finding.path ?? '')?.[1] ??
    /"(?:parameters\.)?(\w+)(?:[.[][^"]*)?"/u.exec(finding.message.slice(finding.message.indexOf(':') + 1))?.[1];
  const parameter =
    type.parameters.find(({ name }) => name === named) ??
    type.parameters.find(({ name, required }) => required && ownValue(node.parameters, name) === undefined);
  if (parameter === undefined) return;
  const value = ownValue(exampleParameters(type), parameter.name) ?? parameter.example;
  if (value === undefined) {
    repair.calls.push({ name: 'updateNode', arguments: { id: node.id, removeParameters: [parameter.name] } });
    repair.done.push(`cleared “${parameter.name}” of “${node.label}”`);
    return;
  }
  repair.calls.push({ name: 'updateNode', arguments: { id: node.id, parameters: { [parameter.name]: value } } });
  repair.done.push(`set “${parameter.name}” of “${node.label}” to an example value`);
}
