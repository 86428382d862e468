/**
 * The difference between two graphs as data that can be stored, sent and applied. Applying a patch twice has the same
 * result as applying it once.
 */
import { findNodeType } from '../catalog/catalog.js';
import type { GraphEdge, GraphNode, WorkflowGraph } from '../graph-schema.js';
import { sameJson } from '../json.js';

export interface GraphPatch {
  /** Complete nodes: new ones, and the new state of changed ones. */
  upsertNodes: GraphNode[];
  removeNodeIds: string[];
  upsertEdges: GraphEdge[];
  removeEdgeIds: string[];
}

export interface GraphDiff extends GraphPatch {
  /** One sentence per change, for people; empty when the graphs are the same. */
  summary: string[];
}

export function emptyPatch(): GraphPatch {
  return { upsertNodes: [], removeNodeIds: [], upsertEdges: [], removeEdgeIds: [] };
}

export function isEmptyPatch(patch: GraphPatch): boolean {
  const { upsertNodes, removeNodeIds, upsertEdges, removeEdgeIds } = patch;
  return [upsertNodes, removeNodeIds, upsertEdges, removeEdgeIds].every(({ length }) => length === 0);
}

/**
 * The graph after the patch; the given graph is not modified. Changed items keep their place in the order, new ones are
 * appended. Unknown ids to remove are ignored. Idempotent.
 */
export function applyPatch(graph: WorkflowGraph, patch: GraphPatch): WorkflowGraph {
  return {
    nodes: patchItems(graph.nodes, patch.upsertNodes, patch.removeNodeIds),
    edges: patchItems(graph.edges, patch.upsertEdges, patch.removeEdgeIds),
  };
}

/**
 * The patch from `before` to `after`, with a summary. `applyPatch(before, diffGraphs(before, after))` has the same nodes
 * and edges as `after`, in the same order unless items were reordered. Ids must be unique within each graph.
 */
export function diffGraphs(before: WorkflowGraph, after: WorkflowGraph): GraphDiff {
  const patch: GraphPatch = {
    upsertNodes: changed(before.nodes, after.nodes, sameNode),
    removeNodeIds: removed(before.nodes, after.nodes),
    upsertEdges: changed(before.edges, after.edges, sameEdge),
    removeEdgeIds: removed(before.edges, after.edges),
  };
  return { ...patch, summary: summarise(before, after, patch) };
}

export function sameNode(left: GraphNode, right: GraphNode): boolean {
  return (
    left.id === right.id &&
    left.type === right.type &&
    left.label === right.label &&
    left.position.x === right.position.x &&
    left.position.y === right.position.y &&
    sameJson(left.parameters, right.parameters)
  );
}

export function sameEdge(left: GraphEdge, right: GraphEdge): boolean {
  return (
    left.id === right.id &&
    left.source === right.source &&
    left.target === right.target &&
    (left.branch ?? null) === (right.branch ?? null)
  );
}

function patchItems<T extends { id: string }>(
  items: readonly T[],
  upserts: readonly T[],
  removals: readonly string[],
): T[] {
  const gone = new Set(removals);
  const next = new Map(items.filter((item) => !gone.has(item.id)).map((item) => [item.id, item]));
  for (const item of upserts) next.set(item.id, item);
  return [...next.values()];
}

function changed<T extends { id: string }>(
  before: readonly T[],
  after: readonly T[],
  same: (left: T, right: T) => boolean,
): T[] {
  const known = new Map(before.map((item) => [item.id, item]));
  return after.filter((item) => {
    const old = known.get(item.id);
    return !old || !same(old, item);
  });
}

function removed(before: readonly { id: string }[], after: readonly { id: string }[]): string[] {
  const kept = new Set(after.map((item) => item.id));
  return before.filter((item) => !kept.has(item.id)).map((item) => item.id);
}

function summarise(before: WorkflowGraph, after: WorkflowGraph, patch: GraphPatch): string[] {
  const nodesBefore = new Map(before.nodes.map((node) => [node.id, node]));
  const nodesAfter = new Map(after.nodes.map((node) => [node.id, node]));
  const edgesBefore = new Map(before.edges.map((edge) => [edge.id, edge]));
  const label = (id: string): string => `"${(nodesAfter.get(id) ?? nodesBefore.get(id))?.label ?? id}"`;
  const drawn = (edge: GraphEdge): string =>
    `${label(edge.source)} to ${label(edge.target)}${edge.branch ? ` (${edge.branch})` : ''}`;
  const lines: string[] = [];
  let moved = 0;

  for (const node of patch.upsertNodes) {
    const old = nodesBefore.get(node.id);
    if (!old) {
      lines.push(`Added "${node.label}" (${findNodeType(node.type)?.title ?? node.type}).`);
      continue;
    }
    const changes = nodeChanges(old, node);
    if (changes.length > 0) lines.push(`Changed "${node.label}": ${changes.join(', ')}.`);
    else moved += 1;
  }
  for (const id of patch.removeNodeIds) lines.push(`Removed ${label(id)}.`);
  for (const edge of patch.upsertEdges) {
    const old = edgesBefore.get(edge.id);
    lines.push(old ? `Rewired ${drawn(old)} as ${drawn(edge)}.` : `Connected ${drawn(edge)}.`);
  }
  // Edges removed together with a node need no line of their own.
  const gone = new Set(patch.removeNodeIds);
  for (const id of patch.removeEdgeIds) {
    const edge = edgesBefore.get(id);
    if (edge && !gone.has(edge.source) && !gone.has(edge.target)) lines.push(`Disconnected ${drawn(edge)}.`);
  }
  if (moved > 0) lines.push(moved === 1 ? 'Moved 1 node.' : `Moved ${moved} nodes.`);
  return lines;
}

function nodeChanges(before: GraphNode, after: GraphNode): string[] {
  const changes: string[] = [];
  if (before.label !== after.label) changes.push(`label, formerly "${before.label}"`);
  if (before.type !== after.type) changes.push(`type is now ${findNodeType(after.type)?.title ?? after.type}`);
  const names = new Set([...Object.keys(before.parameters), ...Object.keys(after.parameters)]);
  for (const name of names) {
    const old = Object.hasOwn(before.parameters, name) ? before.parameters[name] : undefined;
    const now = Object.hasOwn(after.parameters, name) ? after.parameters[name] : undefined;
    if (old === undefined) changes.push(`${name} set`);
    else if (now === undefined) changes.push(`${name} cleared`);
    else if (!sameJson(old, now)) changes.push(name);
  }
  return changes;
}
