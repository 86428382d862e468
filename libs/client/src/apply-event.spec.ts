import { describe, expect, it } from 'vitest';
import { applyEvent, applyGraphPatch } from './apply-event.js';
import type { GraphNodeState, GraphState, HookState, StepState, WorkflowState } from './workflow-state.js';

const node = (id: string, label = id): GraphNodeState => ({
  id,
  type: 'slack',
  label,
  parameters: {},
  position: { x: 0, y: 0 },
});
const graph: GraphState = { revision: 3, nodes: [node('a'), node('b')], edges: [], issues: [] };
const state: WorkflowState = {
  id: 'wf_1',
  title: 'T',
  agent: 'workflow-builder',
  status: 'GENERATING',
  promptLock: { reason: 'GENERATING', message: 'Busy.' },
  graph,
  run: { id: 'run_1', status: 'RUNNING', error: null, historyExpiredAt: null },
  steps: [],
  hooks: [],
  attemptFailure: null,
};
const patch = (revision: number) => ({
  type: 'graph' as const,
  revision,
  upsertNodes: [node('b', 'B'), node('c')],
  removeNodeIds: ['a'],
  upsertEdges: [{ id: 'e', source: 'b', target: 'c', branch: null }],
  removeEdgeIds: [],
  issues: [],
});
const failure = {
  type: 'attempt-failed' as const,
  runId: 'run_1',
  attempt: 1,
  message: 'Cut.',
  willRetry: true,
  nextRetryAt: null,
};
const step = (status: StepState['status']): StepState => ({
  id: 'step_1',
  name: 'model:1',
  kind: 'MODEL_CALL',
  status,
  error: null,
  startedAt: null,
  finishedAt: null,
});

describe('applyGraphPatch', () => {
  it('ignores a patch at or before the current revision', () => {
    expect(applyGraphPatch(graph, patch(2))).toBe(graph);
    expect(applyGraphPatch(graph, patch(3))).toBe(graph);
  });

  it('updates in place, adds behind and removes', () => {
    const next = applyGraphPatch(graph, patch(4));
    expect(next.revision).toBe(4);
    expect(next.nodes.map((item) => item.label)).toEqual(['B', 'c']);
    expect(next.edges).toHaveLength(1);
    expect(graph.nodes).toHaveLength(2);
  });

  it('gives the same graph when a patch is repeated', () => {
    const once = applyGraphPatch(graph, patch(4));
    expect(applyGraphPatch(once, patch(4))).toBe(once);
  });
});

describe('applyEvent', () => {
  it.each(['run_0', 'run_2'])(
    'ignores the end of an earlier run than the one that is shown, however ids sort: %s',
    (runId) => {
      const end = { type: 'status' as const, runId, status: 'FAILED' as const, runStatus: 'FAILED' as const };
      expect(applyEvent(state, { ...end, promptLock: null, error: null, terminal: true })).toBe(state);
    },
  );

  it('takes status, lock and error from a status event', () => {
    const error = { code: 'INTERNAL', message: 'Broke.', retryable: true };
    const next = applyEvent(state, {
      type: 'status',
      runId: 'run_1',
      status: 'FAILED',
      runStatus: 'FAILED',
      promptLock: null,
      error,
      terminal: true,
    });
    expect(next).toMatchObject({ status: 'FAILED', promptLock: null, run: { id: 'run_1', status: 'FAILED', error } });
  });

  it('keeps one entry per step', () => {
    const next = [step('RUNNING'), step('RETRYING'), step('SUCCEEDED')].reduce<WorkflowState>(
      (current, changed) => applyEvent(current, { type: 'step', step: changed }),
      state,
    );
    expect(next.steps).toEqual([step('SUCCEEDED')]);
  });

  it('shows a failed try until the run gets further, and a reset step is not that', () => {
    const failed = applyEvent(state, failure);
    expect(failed.attemptFailure?.message).toBe('Cut.');
    const chunks = { type: 'chunks' as const, messageId: 'msg_1', runId: 'run_1' };
    const reset = applyEvent(failed, { ...chunks, chunks: [{ type: 'reset-step' }] });
    expect(reset.attemptFailure).not.toBeNull();
    const further = applyEvent(reset, { ...chunks, chunks: [{ type: 'text-start', id: 't' }] });
    expect(further.attemptFailure).toBeNull();
  });

  it('keeps hooks by id, as they are now', () => {
    const hook: HookState = {
      id: 'hook_1',
      name: 'publish',
      title: 'Publish?',
      status: 'WAITING',
      schema: {},
      payload: null,
      expiresAt: null,
      resolvedAt: null,
      resolvedBy: null,
    };
    const waiting = applyEvent(state, { type: 'hook', hook });
    expect(waiting.hooks).toEqual([hook]);
    const resolved = { ...hook, status: 'RESOLVED' as const, payload: { approved: true } };
    expect(applyEvent(waiting, { type: 'hook', hook: resolved }).hooks).toEqual([resolved]);
  });
});
