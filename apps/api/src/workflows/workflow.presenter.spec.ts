import { describe, expect, it } from 'vitest';
import { type Cursor, decodeCursor, newId, type UIMessageChunk } from '#libs/contracts';
import type { RunView, WorkflowView } from '#libs/persistence';
import { presentGraph } from './graph.presenter.js';
import { foldParts } from './message-folding.js';
import { presentMessage, presentWorkflow, presentWorkflowRow } from './workflow.presenter.js';

const ownerId = newId('user');
const runId = newId('run');
const at = new Date('2026-11-20T10:00:00Z');

const view: WorkflowView = {
  id: newId('workflow'),
  ownerId,
  title: 'Weather',
  agent: 'workflow-builder',
  status: 'GENERATING',
  statusSince: at,
  cursor: '3-14' as Cursor,
  graph: { nodes: [], edges: [] },
  graphIssues: null,
  graphRevision: 0,
  revisionsExpiredTo: null,
  activeRunId: runId,
  createdAt: at,
  updatedAt: at,
};

const run: RunView = {
  id: runId,
  workflowId: view.id,
  ownerId,
  status: 'RUNNING',
  prompt: 'Weather to Slack',
  agent: 'workflow-builder',
  model: null,
  attempts: 1,
  error: null,
  usage: null,
  createdAt: at,
  startedAt: at,
  finishedAt: null,
  wakeAt: null,
  historyExpiredAt: null,
};

describe('presenting workflows', () => {
  it('gives the cursor of the row in its opaque form', () => {
    const { cursor } = presentWorkflowRow(view);
    expect(decodeCursor(view.id, cursor)).toEqual({ kind: 'cursor', cursor: '3-14' });
  });

  it('locks the prompt with a reason and the run that holds it, and only while it is locked', () => {
    expect(presentWorkflowRow(view).promptLock).toMatchObject({ reason: 'GENERATING', runId, since: at });
    expect(presentWorkflowRow({ ...view, status: 'FAILED', activeRunId: null }).promptLock).toBeNull();
    expect(presentWorkflowRow({ ...view, status: 'IDLE', activeRunId: null }).promptLock).toBeNull();
  });

  it('answers the run of a lock and of a message from the snapshot, not from a second read', () => {
    const snapshot = { workflow: view, messages: [], hasOlderMessages: false, activeRun: run, latestRun: run };
    expect(presentWorkflow(snapshot).promptLock?.run).toBe(run);
    const message = {
      id: newId('message'),
      workflowId: view.id,
      runId,
      role: 'user' as const,
      chunks: [],
      nextIndex: 1,
      complete: true,
      createdAt: at,
      ordinal: 1,
    };
    expect(presentMessage(message, [null, run]).run).toBe(run);
    expect(presentMessage({ ...message, runId: newId('run') }, [null, run]).run).toBeUndefined();
  });

  it('lints a graph that was stored before its findings were', () => {
    const graph = presentGraph({ nodes: [], edges: [{ id: 'e', source: 'a', target: 'b' }] }, 4, null);
    expect(graph.revision).toBe(4);
    expect(graph.issues.length).toBeGreaterThan(0);
  });

  it('shows the findings that are stored with a graph and lints nothing', () => {
    const graph = { nodes: [], edges: [] };
    const stored = [{ code: 'NO_TRIGGER' as const, severity: 'ERROR' as const, message: 'Add a trigger.' }];
    expect(presentGraph(graph, 1, stored).issues).toMatchObject(stored);
    expect(presentGraph(graph, 1, []).issues).toEqual([]);
  });
});

describe('folding messages', () => {
  const chunks: UIMessageChunk[] = [
    { type: 'start', messageId: 'm' },
    { type: 'start-step' },
    { type: 'text-start', id: '0' },
    { type: 'text-delta', id: '0', delta: 'Hello' },
    { type: 'text-delta', id: '0', delta: ' there' },
  ];

  it('gives the parts as of the last chunk, with an open part still streaming', async () => {
    expect(await foldParts(newId('message'), chunks)).toEqual([
      { type: 'step-start' },
      expect.objectContaining({ type: 'text', text: 'Hello there', state: 'streaming' }),
    ]);
  });

  it('leaves the chunks untouched, so that folding them twice gives the same', async () => {
    const before = structuredClone(chunks);
    const first = await foldParts(newId('message'), chunks);
    expect(await foldParts(newId('message'), chunks)).toEqual(first);
    expect(chunks).toEqual(before);
  });

  it('gives no parts for a message that has not begun', async () => {
    expect(await foldParts(newId('message'), [])).toEqual([]);
  });
});
