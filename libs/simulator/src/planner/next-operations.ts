/**
 * Compares the planned graph with the current one and returns the next few tool calls. Pure. Gives up on operations that
 * were refused repeatedly, so that a run always ends.
 */
import { ownValue } from '#libs/contracts';
import type { ToolCallIntent } from '../model-turn.js';
import type { Plan, PlannedEdge, PlannedNode } from './plan.js';
import { sameEdge } from './plan.js';
import { attemptKey, edgeSubject, type RunState } from './run-state.js';

export interface Operations {
  calls: ToolCallIntent[];
  /** For the sentence that introduces them. */
  added: PlannedNode[];
  changed: string[];
  removed: string[];
}

const MAX_ATTEMPTS = 3;
const BATCH = 3;

/** The next calls, or `undefined` when nothing of the plan is left that can be done. */
export function nextOperations(plan: Plan, state: RunState): Operations | undefined {
  const open = (name: string, subject: string) => (state.attempts.get(attemptKey(name, subject)) ?? 0) < MAX_ATTEMPTS;
  const present = new Map(state.now.nodes.map((node) => [node.id, node]));

  const changes = plan.changes.filter((change) => {
    const node = present.get(change.id);
    if (node === undefined || !open('updateNode', change.id)) return false;
    const sameLabel = change.label === undefined || change.label === node.label;
    const sameValues = Object.entries(change.parameters ?? {}).every(
      ([name, value]) => JSON.stringify(ownValue(node.parameters, name)) === JSON.stringify(value),
    );
    return !(
      sameLabel &&
      sameValues &&
      (change.removeParameters ?? []).every((name) => !Object.hasOwn(node.parameters, name))
    );
  });
  if (changes.length > 0) {
    const calls = changes.map((change) => ({ name: 'updateNode', arguments: change }));
    return { calls, added: [], changed: changes.map(({ id }) => id), removed: [] };
  }

  const removals = plan.removals.filter((id) => present.has(id) && open('removeNodes', id));
  const missing = plan.nodes.filter(
    (node) => !present.has(node.id) && open('addNodes', node.id) && !wasRemoved(state, node.id),
  );
  // A replacement comes in the same answer as the removal; otherwise viewers would see a gap.
  const batch = missing.slice(0, batchSize(plan, missing));
  const soon = new Set([...present.keys(), ...batch.map((node) => node.id)]);
  for (const id of removals) soon.delete(id);
  const edges = plan.edges.filter(
    (edge) =>
      soon.has(edge.source) &&
      soon.has(edge.target) &&
      !state.now.edges.some((other) => sameEdge(edge, other)) &&
      open('connectNodes', edgeSubject(edge)),
  );
  const disconnects = plan.disconnects.filter(
    (edge) => state.now.edges.some((other) => sameEdge(edge, other)) && open('connectNodes', `-${edgeSubject(edge)}`),
  );
  const calls: ToolCallIntent[] = [];
  if (removals.length > 0) calls.push({ name: 'removeNodes', arguments: { ids: removals } });
  if (batch.length > 0)
    calls.push({ name: 'addNodes', arguments: { nodes: batch.map((node) => placed(node, plan.edges)) } });
  if (edges.length > 0 || disconnects.length > 0) {
    calls.push({
      name: 'connectNodes',
      arguments: { edges, ...(disconnects.length > 0 ? { disconnect: disconnects } : {}) },
    });
  }
  return calls.length === 0 ? undefined : { calls, added: batch, changed: [], removed: removals };
}

/** The trigger comes with one step, so that the first edge appears at once; later two or three nodes at a time. */
function batchSize(plan: Plan, missing: readonly PlannedNode[]): number {
  if (plan.kind === 'build' && missing.length === plan.nodes.length) return 2;
  return missing.length === 4 ? 2 : BATCH;
}

function placed(node: PlannedNode, edges: readonly PlannedEdge[]): object {
  const after = edges.find((edge) => edge.target === node.id)?.source;
  return after === undefined ? node : { ...node, after };
}

/** Nodes that a correction removed are not added again. */
function wasRemoved(state: RunState, id: string): boolean {
  return state.attempts.has(attemptKey('removeNodes', id));
}
