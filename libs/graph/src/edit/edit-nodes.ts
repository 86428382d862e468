/**
 * Adds, changes and removes nodes, as pure functions: the given graph is not modified, whatever can be applied is applied,
 * and the rest is returned as problems. Bad input never throws; meaning is checked by the linter.
 */
import { findNodeType } from '../catalog/catalog.js';
import { type GraphNode, graphIdSchema, MAX_NODES, parametersSchema, type WorkflowGraph } from '../graph-schema.js';
import { placeNodes, type UnplacedNode } from '../layout/place-nodes.js';
import { suggestTypes } from '../lint/rules/parameters.js';
import { newNodeSchema, nodeUpdateSchema } from './edit-input.js';
import {
  claimedId,
  type EditProblem,
  type EditProblemCode,
  type EditResult,
  fittingEntries,
  shapeMessage,
} from './edit-result.js';
import { applyPatch, diffGraphs, emptyPatch, type GraphPatch } from './graph-patch.js';

/**
 * Adds nodes (each as `newNodeSchema` has it) and places them. A taken id, an unknown type, a wrong shape or a full graph skips that one
 * node. Order is kept.
 */
export function addNodes(graph: WorkflowGraph, inputs: readonly unknown[]): EditResult {
  const problems: EditProblem[] = [];
  const taken = new Set(graph.nodes.map((node) => node.id));
  const accepted: UnplacedNode[] = [];
  const refusal = (why: string) => `This node was not added. ${why}.`;
  for (const [index, input] of fittingEntries(inputs, newNodeSchema, problems, refusal)) {
    const { id, type, label, parameters, after } = input;
    const refuse = (code: EditProblemCode, reason: string) =>
      problems.push({ code, index, id, message: `The node "${id}" was not added: ${reason}` });
    const nodeType = findNodeType(type);
    if (!nodeType) {
      refuse('UNKNOWN_TYPE', `the type "${type}" is not in the catalogue. ${suggestTypes(type)}`);
    } else if (taken.has(id)) {
      refuse('DUPLICATE_ID', 'the id is taken. Choose another id, or change the existing node.');
    } else if (taken.size >= MAX_NODES) {
      refuse('LIMIT_REACHED', `a workflow has at most ${MAX_NODES} nodes.`);
    } else {
      taken.add(id);
      accepted.push({ id, type, label: label ?? nodeType.title, parameters: parameters ?? {}, after });
    }
  }
  return edited(graph, { ...emptyPatch(), upsertNodes: placeNodes(graph, accepted) }, problems);
}

/**
 * Changes one node (as `nodeUpdateSchema` has it): parameters are merged key by key, `removeParameters` removes some. All or nothing. No
 * change gives an empty patch.
 */
export function updateNode(graph: WorkflowGraph, input: unknown): EditResult {
  const refuse = (code: EditProblemCode, id: string | undefined, reason: string): EditResult =>
    edited(graph, emptyPatch(), [{ code, index: 0, id, message: `Nothing was changed${reason}` }]);
  const parsed = nodeUpdateSchema.safeParse(input);
  if (!parsed.success) return refuse('INVALID_SHAPE', claimedId(input), `. ${shapeMessage(parsed.error)}.`);
  const { id, type, label, parameters, removeParameters, position } = parsed.data;
  const node = graph.nodes.find((candidate) => candidate.id === id);
  if (!node) return edited(graph, emptyPatch(), [{ ...unknownNode(graph, id, 'Nothing was changed'), index: 0 }]);
  if (type !== undefined && !findNodeType(type)) {
    return refuse('UNKNOWN_TYPE', id, `: the type "${type}" is not in the catalogue. ${suggestTypes(type)}`);
  }
  const merged = Object.fromEntries(
    Object.entries({ ...node.parameters, ...parameters }).filter(([name]) => !removeParameters?.includes(name)),
  );
  const checked = parametersSchema.safeParse(merged);
  if (!checked.success) {
    return refuse('LIMIT_REACHED', id, `: the parameters of "${id}" together ${shapeMessage(checked.error)}.`);
  }
  const changed: GraphNode = {
    ...node,
    type: type ?? node.type,
    label: label ?? node.label,
    parameters: merged,
    position: position ?? node.position,
  };
  const nodes = graph.nodes.map((candidate) => (candidate.id === id ? changed : candidate));
  const { summary: _, ...patch } = diffGraphs(graph, { nodes, edges: graph.edges });
  return edited(graph, patch, []);
}

/** Removes nodes and every edge that touches them. Unknown ids are problems; the same id twice counts once. */
export function removeNodes(graph: WorkflowGraph, ids: readonly unknown[]): EditResult {
  const problems: EditProblem[] = [];
  const known = new Set(graph.nodes.map((node) => node.id));
  const gone = new Set<string>();
  const refusal = (why: string, number: number) => `Entry ${number} is not the id of a node: it ${why}.`;
  for (const [index, id] of fittingEntries(ids, graphIdSchema, problems, refusal)) {
    if (known.has(id)) gone.add(id);
    else problems.push({ ...unknownNode(graph, id, 'Nothing was removed'), index });
  }
  const removeEdgeIds = graph.edges
    .filter((edge) => gone.has(edge.source) || gone.has(edge.target))
    .map((edge) => edge.id);
  return edited(graph, { ...emptyPatch(), removeNodeIds: [...gone], removeEdgeIds }, problems);
}

/** The problem "no such node", with the ids that exist. */
export function unknownNode(graph: WorkflowGraph, id: string, consequence: string): Omit<EditProblem, 'index'> {
  const ids = graph.nodes.slice(0, 40).map((node) => node.id);
  const existing = ids.length > 0 ? `Existing: ${ids.join(', ')}.` : 'The graph has no nodes yet.';
  return { code: 'UNKNOWN_ID', id, message: `${consequence}: there is no node "${id}". ${existing}` };
}

/** The result of a patch. */
export function edited(graph: WorkflowGraph, patch: GraphPatch, problems: EditProblem[]): EditResult {
  return { graph: applyPatch(graph, patch), patch, problems };
}
