/**
 * How each event changes a workflow's state. Pure and idempotent: events are compared by state, id or revision. The session
 * handles chunks and snapshots.
 */

import type { GraphState, RunState, StepState, WorkflowState } from './workflow-state.js';
import type {
  ChunksReceived,
  GraphPatchReceived,
  ReceivedEvent,
  SnapshotEvent,
  StatusReceived,
  WorkflowSnapshot,
} from './workflow-transport.port.js';

/** The state in a snapshot. */
export function stateOf({ cursor: _, messages: _m, olderMessages: _o, ...state }: WorkflowSnapshot): WorkflowState {
  return state;
}

function upsert<T extends { readonly id: string }>(
  current: readonly T[],
  changed: readonly T[],
  removed: readonly string[] = [],
): readonly T[] {
  if (changed.length === 0 && removed.length === 0) return current;
  const byId = new Map(current.map((item) => [item.id, item]));
  for (const id of removed) byId.delete(id);
  for (const item of changed) byId.set(item.id, item);
  return [...byId.values()];
}

/** The graph after a patch. A patch at or before the current revision changes nothing. */
export function applyGraphPatch(graph: GraphState, patch: GraphPatchReceived): GraphState {
  if (patch.revision <= graph.revision) return graph;
  return {
    revision: patch.revision,
    nodes: upsert(graph.nodes, patch.upsertNodes, patch.removeNodeIds),
    edges: upsert(graph.edges, patch.upsertEdges, patch.removeEdgeIds),
    issues: patch.issues,
  };
}

/**
 * The end of an earlier run may arrive after a snapshot that already shows a later one. A run later than the one shown
 * always appears in a snapshot first, so any other run is an earlier one; ids do not tell the order.
 */
function isOutdated(state: WorkflowState, event: StatusReceived): boolean {
  return state.run !== null && event.runId !== null && event.runId !== state.run.id;
}

function applyStatus(state: WorkflowState, event: StatusReceived): WorkflowState {
  if (isOutdated(state, event)) return state;
  const before = state.run !== null && state.run.id === event.runId ? state.run : null;
  const run: RunState | null =
    event.runId === null || event.runStatus === null
      ? state.run
      : { ...before, id: event.runId, status: event.runStatus, error: event.error, historyExpiredAt: null };
  return {
    ...state,
    status: event.status,
    promptLock: event.promptLock,
    run,
    attemptFailure: event.terminal ? null : state.attemptFailure,
  };
}

function applyStep(state: WorkflowState, step: StepState): WorkflowState {
  return {
    ...state,
    steps: upsert(state.steps, [step]),
    attemptFailure: step.status === 'SUCCEEDED' ? null : state.attemptFailure,
  };
}

/** Discarding a half-finished step belongs to a failed try and is not progress after it. */
function showsProgress(event: ChunksReceived): boolean {
  return event.chunks.some((chunk) => chunk.type !== 'reset-step');
}

/** The state after `event`. Returns the same object when nothing changes. */
export function applyEvent(state: WorkflowState, event: Exclude<ReceivedEvent, SnapshotEvent>): WorkflowState {
  switch (event.type) {
    case 'chunks':
      return state.attemptFailure && showsProgress(event) ? { ...state, attemptFailure: null } : state;
    case 'status':
      return applyStatus(state, event);
    case 'step':
      return applyStep(state, event.step);
    case 'hook':
      return { ...state, hooks: upsert(state.hooks, [event.hook]) };
    case 'graph': {
      const graph = applyGraphPatch(state.graph, event);
      return graph === state.graph ? state : { ...state, graph };
    }
    case 'attempt-failed': {
      const { type: _type, ...attemptFailure } = event;
      return { ...state, attemptFailure };
    }
  }
}
