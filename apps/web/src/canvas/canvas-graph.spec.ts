import { describe, expect, it } from 'vitest';
import type { GraphState } from '#libs/client';
import { nodeCatalog } from '#libs/graph';
import { CanvasNodes, canvasEdges } from './canvas-graph.js';
import { iconNames } from './node-icon.js';

const graph: GraphState = {
  revision: 1,
  nodes: [
    { id: 'a', type: 'logic.if', label: 'A', parameters: {}, position: { x: 0, y: 0 } },
    { id: 'b', type: 'unheard.of', label: 'B', parameters: {}, position: { x: 336, y: 0 } },
  ],
  edges: [
    { id: 'e1', source: 'a', target: 'b', branch: 'true' },
    { id: 'e2', source: 'a', target: 'gone', branch: null },
  ],
  issues: [],
};

describe('CanvasNodes', () => {
  it('puts nodes where the server put them and shows which branches are connected', () => {
    const [a] = new CanvasNodes().from(graph, [], null);
    expect(a?.position).toEqual({ x: 0, y: 0 });
    expect(a?.data.branches).toEqual([
      { name: 'true', connected: true },
      { name: 'false', connected: false },
    ]);
  });

  it('keeps the identity of nodes that did not change', () => {
    const kept = new CanvasNodes();
    const before = kept.from(graph, [], null);
    const [a, b] = graph.nodes;
    if (!a || !b) throw new Error('The graph of this test has two nodes.');
    const after = kept.from({ ...graph, revision: 2, nodes: [a, { ...b, label: 'New' }] }, [], null);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
  });

  it('tells which nodes came while somebody was looking', () => {
    const kept = new CanvasNodes();
    const [a, b] = graph.nodes;
    if (!a || !b) throw new Error('The graph of this test has two nodes.');
    expect(kept.from({ ...graph, nodes: [a] }, [], null).map((node) => node.data.fresh)).toEqual([false]);
    const after = kept.from({ ...graph, revision: 2 }, [], null);
    expect(after.map((node) => node.data.fresh)).toEqual([false, true]);
    const changed = kept.from({ ...graph, revision: 3, nodes: [a, { ...b, label: 'New' }] }, [], null);
    expect(changed.map((node) => node.data.fresh)).toEqual([false, true]);
  });

  it('draws a branch that the type does not know, where an edge leaves by it', () => {
    const odd = { ...graph, edges: [{ id: 'e', source: 'b', target: 'a', branch: 'maybe' }] };
    expect(new CanvasNodes().from(odd, [], null)[1]?.data.branches).toEqual([{ name: 'maybe', connected: true }]);
  });

  it('takes other places for this view only', () => {
    const placed = new CanvasNodes().from(graph, [], new Map([['a', { x: 5, y: 6 }]]));
    expect(placed.map((node) => node.position)).toEqual([
      { x: 5, y: 6 },
      { x: 336, y: 0 },
    ]);
    expect(graph.nodes[0]?.position).toEqual({ x: 0, y: 0 });
  });
});

describe('canvasEdges', () => {
  it('leaves out edges to nodes that are not there', () => {
    expect(canvasEdges(graph).map((edge) => edge.id)).toEqual(['e1']);
  });
});

describe('NodeIcon', () => {
  it('has an icon for every node type of the catalogue', () => {
    expect(nodeCatalog.map((type) => type.icon).filter((icon) => !iconNames.includes(icon))).toEqual([]);
  });
});
