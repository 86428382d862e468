import { describe, expect, it } from 'vitest';
import { emptyGraph, GRAPH_ID_PATTERN, MAX_NODES, type WorkflowGraph, workflowGraphSchema } from '../graph-schema.js';
import { edgeIdOf } from './edge-id.js';
import { connectNodes, disconnectNodes } from './edit-edges.js';
import { addNodes, removeNodes, updateNode } from './edit-nodes.js';
import { applyPatch, diffGraphs, emptyPatch } from './graph-patch.js';

function sample(): WorkflowGraph {
  const added = addNodes(emptyGraph(), [
    { id: 'start', type: 'trigger.webhook' },
    { id: 'check', type: 'logic.if', label: 'Large order?', parameters: { condition: 'trigger.body.amount > 1000' } },
    { id: 'tell', type: 'action.slack', parameters: { channel: '#orders', text: 'Large' } },
  ]).graph;
  return connectNodes(added, [
    { source: 'start', target: 'check' },
    { source: 'check', target: 'tell', branch: 'true' },
  ]).graph;
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}

describe('addNodes', () => {
  it('applies the valid part, reports the rest with its place, and leaves the given graph as it is', () => {
    const before = frozen(sample());
    const { graph, patch, problems } = addNodes(before, [
      { id: 'mail', type: 'action.email' },
      { id: 'tell', type: 'action.slack' },
      { id: 'bad id', type: 'action.slack' },
      { id: 'odd', type: 'action.sendMail' },
      'nonsense',
      { id: 'mail', type: 'action.sms' },
    ]);
    expect(patch.upsertNodes.map((node) => [node.id, node.label])).toEqual([['mail', 'Send email']]);
    expect(graph.nodes.map((node) => node.id)).toEqual(['start', 'check', 'tell', 'mail']);
    expect(problems.map(({ code, index, id }) => [code, index, id])).toEqual([
      ['DUPLICATE_ID', 1, 'tell'],
      ['INVALID_SHAPE', 2, 'bad id'],
      ['UNKNOWN_TYPE', 3, 'odd'],
      ['INVALID_SHAPE', 4, undefined],
      ['DUPLICATE_ID', 5, 'mail'],
    ]);
    expect(problems[2]?.message).toContain('action.email');
  });

  it('stops at the number of nodes that a workflow may have', () => {
    const many = Array.from({ length: MAX_NODES + 1 }, (_, n) => ({ id: `n${n}`, type: 'logic.merge' }));
    const { graph, problems } = addNodes(emptyGraph(), many);
    expect(graph.nodes).toHaveLength(MAX_NODES);
    expect(problems.map((problem) => problem.code)).toEqual(['LIMIT_REACHED']);
    expect(workflowGraphSchema.safeParse(graph).success).toBe(true);
  });
});

describe('connectNodes', () => {
  it('gives the same connection the same id, so that connecting again changes nothing', () => {
    const again = connectNodes(sample(), [{ source: 'check', target: 'tell', branch: 'true' }]);
    expect(again.patch).toEqual(emptyPatch());
    expect(again.problems).toEqual([]);
    expect(again.graph).toEqual(sample());
  });

  it('names the branches that exist when one is missing or unknown', () => {
    const { graph, problems } = connectNodes(frozen(sample()), [
      { source: 'check', target: 'tell' },
      { source: 'check', target: 'tell', branch: 'yes' },
      { source: 'start', target: 'tell', branch: 'main' },
      { source: 'start', target: 'tell', branch: '' },
    ]);
    expect(problems.map((problem) => problem.code)).toEqual(['UNKNOWN_BRANCH', 'UNKNOWN_BRANCH', 'UNKNOWN_BRANCH']);
    expect(problems[1]?.message).toContain('true, false');
    expect(graph.edges.at(-1)).toMatchObject({ source: 'start', target: 'tell', branch: null });
  });

  it('refuses unknown nodes, edges to oneself and entries that are no edges', () => {
    const { problems } = connectNodes(sample(), [
      { source: 'start', target: 'ghost' },
      { source: 'tell', target: 'tell' },
      { source: 7 },
      null,
    ]);
    expect(problems.map((problem) => problem.code)).toEqual([
      'UNKNOWN_ID',
      'SELF_EDGE',
      'INVALID_SHAPE',
      'INVALID_SHAPE',
    ]);
    expect(problems[0]?.message).toContain('start, check, tell');
  });
});

describe('disconnectNodes', () => {
  it('removes by id, by branch, or everything between two nodes', () => {
    const both = connectNodes(sample(), [{ source: 'check', target: 'tell', branch: 'false' }]).graph;
    const ids = (graph: WorkflowGraph): (string | null | undefined)[] => graph.edges.map((edge) => edge.branch);
    expect(ids(disconnectNodes(frozen(both), [{ id: edgeIdOf('check', 'true', 'tell') }]).graph)).toEqual([
      null,
      'false',
    ]);
    expect(ids(disconnectNodes(both, [{ source: 'check', target: 'tell', branch: 'false' }]).graph)).toEqual([
      null,
      'true',
    ]);
    expect(ids(disconnectNodes(both, [{ source: 'check', target: 'tell' }]).graph)).toEqual([null]);
  });

  it('reports edges that do not exist', () => {
    const { problems, patch } = disconnectNodes(sample(), [{ source: 'tell', target: 'start' }, { id: 'nope' }, {}]);
    expect(problems.map((problem) => problem.code)).toEqual(['UNKNOWN_ID', 'UNKNOWN_ID', 'INVALID_SHAPE']);
    expect(patch).toEqual(emptyPatch());
  });
});

describe('updateNode', () => {
  it('merges parameters, clears those named, and keeps the node in its place', () => {
    const { graph, patch } = updateNode(frozen(sample()), {
      id: 'tell',
      label: 'Tell sales',
      parameters: { text: 'New' },
      removeParameters: ['channel'],
    });
    expect(graph.nodes[2]).toMatchObject({ id: 'tell', label: 'Tell sales', parameters: { text: 'New' } });
    expect(graph.nodes[2]?.parameters).not.toHaveProperty('channel');
    expect(graph.nodes[2]?.position).toEqual(sample().nodes[2]?.position);
    expect(patch.upsertNodes).toHaveLength(1);
  });

  it('gives an empty patch when nothing changes', () => {
    expect(updateNode(sample(), { id: 'tell', parameters: { text: 'Large' } }).patch).toEqual(emptyPatch());
  });

  it.each([
    [{ id: 'ghost', label: 'x' }, 'UNKNOWN_ID'],
    [{ id: 'tell', type: 'action.nothing' }, 'UNKNOWN_TYPE'],
    [{ id: 'tell', label: '' }, 'INVALID_SHAPE'],
    [undefined, 'INVALID_SHAPE'],
  ])('changes nothing with %j', (input, code) => {
    const { graph, problems } = updateNode(sample(), input);
    expect(problems).toMatchObject([{ code, index: 0 }]);
    expect(graph).toEqual(sample());
  });

  it('refuses parameters that become too large together', () => {
    const text = 'a'.repeat(20 * 1024);
    const first = updateNode(sample(), { id: 'tell', parameters: { text } }).graph;
    expect(updateNode(first, { id: 'tell', parameters: { more: text } }).problems).toMatchObject([
      { code: 'LIMIT_REACHED' },
    ]);
  });

  it('takes a parameter called __proto__ as data', () => {
    const parameters = JSON.parse('{"__proto__": {"polluted": true}}');
    updateNode(sample(), { id: 'tell', parameters });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('removeNodes', () => {
  it('takes the edges of a node along and reports ids that do not exist', () => {
    const { graph, patch, problems } = removeNodes(frozen(sample()), ['check', 'ghost', 'check', 9]);
    expect(graph.nodes.map((node) => node.id)).toEqual(['start', 'tell']);
    expect(graph.edges).toEqual([]);
    expect(patch.removeEdgeIds).toHaveLength(2);
    expect(problems.map((problem) => problem.code)).toEqual(['UNKNOWN_ID', 'INVALID_SHAPE']);
  });
});

describe('diffGraphs', () => {
  it('says in sentences what changed between two revisions', () => {
    const before = sample();
    const removed = removeNodes(before, ['tell']).graph;
    const added = addNodes(removed, [{ id: 'sms', type: 'action.sms', label: 'Text the buyer' }]).graph;
    const connected = connectNodes(added, [{ source: 'check', target: 'sms', branch: 'true' }]).graph;
    const after = updateNode(connected, { id: 'check', parameters: { condition: 'trigger.body.amount > 5' } }).graph;
    expect(diffGraphs(before, after).summary).toEqual([
      'Changed "Large order?": condition.',
      'Added "Text the buyer" (SMS).',
      'Removed "Slack".',
      'Connected "Large order?" to "Text the buyer" (true).',
    ]);
    expect(applyPatch(before, diffGraphs(before, after))).toEqual(after);
  });

  it('counts moves instead of listing them', () => {
    const moved = updateNode(sample(), { id: 'tell', position: { x: 5, y: 5 } }).graph;
    expect(diffGraphs(sample(), moved).summary).toEqual(['Moved 1 node.']);
  });

  it('is empty for equal graphs, whatever the order of parameter names', () => {
    const other = sample();
    const node = other.nodes[2];
    if (node) node.parameters = { text: 'Large', channel: '#orders' };
    expect(diffGraphs(sample(), other)).toEqual({ ...emptyPatch(), summary: [] });
  });
});

describe('edgeIdOf', () => {
  it('tells apart what only looks alike, and always fits the bounds of an id', () => {
    const ids = [
      edgeIdOf('a', 'b', 'c'),
      edgeIdOf('a', null, 'c'),
      edgeIdOf('a-b', null, 'c'),
      edgeIdOf('c', 'b', 'a'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of [...ids, edgeIdOf('a'.repeat(64), 'ü'.repeat(60), 'b'.repeat(64))])
      expect(id).toMatch(GRAPH_ID_PATTERN);
    expect(edgeIdOf('a', undefined, 'c')).toBe(edgeIdOf('a', null, 'c'));
  });
});
