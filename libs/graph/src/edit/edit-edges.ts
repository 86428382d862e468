/**
 * Connects and disconnects nodes, as pure functions like those of edit-nodes. Refuses only what cannot be drawn; cycles and
 * reachability are left to the linter.
 */
import { branchesOf } from '../catalog/branches.js';
import { type GraphEdge, MAX_EDGES, type WorkflowGraph } from '../graph-schema.js';
import { edgeIdOf } from './edge-id.js';
import { edgeSelectorSchema, newEdgeSchema } from './edit-input.js';
import { edited, unknownNode } from './edit-nodes.js';
import { type EditProblem, type EditResult, fittingEntries } from './edit-result.js';
import { emptyPatch } from './graph-patch.js';

/**
 * Adds edges (each as `newEdgeSchema` has it). Ids derive from source, branch and target, so an existing edge is left unchanged. An
 * unknown node, an unknown branch, an edge to the node itself or a full graph skips that one edge.
 */
export function connectNodes(graph: WorkflowGraph, inputs: readonly unknown[]): EditResult {
  const problems: EditProblem[] = [];
  const existing = new Set(graph.edges.map((edge) => edgeIdOf(edge.source, edge.branch, edge.target)));
  const upsertEdges: GraphEdge[] = [];
  const refusal = (why: string) => `This edge was not added. ${why}.`;
  for (const [index, { source, target, branch: named }] of fittingEntries(inputs, newEdgeSchema, problems, refusal)) {
    const branch = named || null;
    const id = edgeIdOf(source, branch, target);
    if (existing.has(id)) continue;
    const problem = edgeProblem(graph, source, branch, target);
    if (problem) {
      problems.push({ ...problem, index });
    } else if (graph.edges.length + upsertEdges.length >= MAX_EDGES) {
      problems.push({
        code: 'LIMIT_REACHED',
        index,
        message: `The edge was not added: a workflow has at most ${MAX_EDGES} edges.`,
      });
    } else {
      existing.add(id);
      upsertEdges.push({ id, source, target, branch });
    }
  }
  return edited(graph, { ...emptyPatch(), upsertEdges }, problems);
}

/**
 * Removes edges, each selected by `id`, or by `source` and `target` (with `branch` only that one, otherwise all between the
 * two). A selector that matches no edge is a problem.
 */
export function disconnectNodes(graph: WorkflowGraph, selectors: readonly unknown[]): EditResult {
  const problems: EditProblem[] = [];
  const gone = new Set<string>();
  const refusal = (_: string, number: number) => `Entry ${number} names no edge. Give "id", or "source" and "target".`;
  for (const [index, selector] of fittingEntries(selectors, edgeSelectorSchema, problems, refusal)) {
    const found = graph.edges.filter((edge) => {
      if ('id' in selector) return edge.id === selector.id;
      if (edge.source !== selector.source || edge.target !== selector.target) return false;
      return selector.branch === undefined || (edge.branch ?? null) === (selector.branch || null);
    });
    if (found.length === 0) {
      const named = 'id' in selector ? `"${selector.id}"` : `from "${selector.source}" to "${selector.target}"`;
      problems.push({
        code: 'UNKNOWN_ID',
        index,
        message: `There is no edge ${named}${'id' in selector || !selector.branch ? '' : ` by the branch "${selector.branch}"`}.`,
      });
    }
    for (const edge of found) gone.add(edge.id);
  }
  return edited(graph, { ...emptyPatch(), removeEdgeIds: [...gone] }, problems);
}

function edgeProblem(
  graph: WorkflowGraph,
  sourceId: string,
  branch: string | null,
  targetId: string,
): Omit<EditProblem, 'index'> | null {
  const consequence = `The edge from "${sourceId}" to "${targetId}" was not added`;
  const source = graph.nodes.find((node) => node.id === sourceId);
  if (!source) return unknownNode(graph, sourceId, consequence);
  if (!graph.nodes.some((node) => node.id === targetId)) return unknownNode(graph, targetId, consequence);
  if (sourceId === targetId) {
    return {
      code: 'SELF_EDGE',
      id: sourceId,
      message: `${consequence}: a node cannot lead to itself. Use logic.forEach to repeat work.`,
    };
  }
  const branches = branchesOf(source);
  if (branches === null && branch !== null) {
    return {
      code: 'UNKNOWN_BRANCH',
      id: sourceId,
      message: `${consequence}: "${sourceId}" has a single output without a name. Leave "branch" out.`,
    };
  }
  if (branches !== null && (branch === null || !branches.includes(branch))) {
    const given = branch === null ? 'a branch must be named' : `there is no branch "${branch}"`;
    return {
      code: 'UNKNOWN_BRANCH',
      id: sourceId,
      message: `${consequence}: ${given}. Branches of "${sourceId}": ${branches.join(', ')}.`,
    };
  }
  return null;
}
