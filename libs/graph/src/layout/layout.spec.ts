import { describe, expect, it } from 'vitest';
import { connectNodes } from '../edit/edit-edges.js';
import { addNodes } from '../edit/edit-nodes.js';
import { emptyGraph, type WorkflowGraph } from '../graph-schema.js';
import { COLUMN_PITCH, ROW_PITCH } from './geometry.js';
import { placeNodes } from './place-nodes.js';
import { tidyLayout } from './tidy-layout.js';

const add = (graph: WorkflowGraph, ...nodes: { id: string; after?: string; type?: string }[]): WorkflowGraph =>
  addNodes(
    graph,
    nodes.map((node) => ({ type: 'logic.merge', ...node })),
  ).graph;

const places = (graph: WorkflowGraph): Record<string, [number, number]> =>
  Object.fromEntries(
    graph.nodes.map((node) => [node.id, [node.position.x / COLUMN_PITCH, node.position.y / ROW_PITCH]]),
  );

describe('placeNodes', () => {
  it('puts nodes without any hint in one row, in the order in which they arrive', () => {
    expect(places(add(emptyGraph(), { id: 'a' }, { id: 'b' }, { id: 'c' }))).toEqual({
      a: [0, 0],
      b: [1, 0],
      c: [2, 0],
    });
  });

  it('puts siblings into the same column, each in the nearest free row', () => {
    const graph = add(
      emptyGraph(),
      { id: 'a' },
      { id: 'b', after: 'a' },
      { id: 'c', after: 'a' },
      { id: 'd', after: 'a' },
    );
    expect(places(graph)).toEqual({ a: [0, 0], b: [1, 0], c: [1, 1], d: [1, -1] });
  });

  it('puts a node one column behind its deepest parent, between its parents', () => {
    const graph = add(
      emptyGraph(),
      { id: 'a' },
      { id: 'b', after: 'a' },
      { id: 'c', after: 'a' },
      { id: 'd', after: 'b' },
    );
    const edges = ['a', 'c', 'd'].map((source) => ({ id: `e${source}`, source, target: 'z' }));
    const [z] = placeNodes({ ...graph, edges }, [{ id: 'z', type: 'logic.merge', label: 'z', parameters: {} }]);
    expect(z?.position).toEqual({ x: 3 * COLUMN_PITCH, y: 0 });
  });

  it('starts an error handler at the left, below everything', () => {
    const graph = add(
      emptyGraph(),
      { id: 'a' },
      { id: 'b' },
      { id: 'c', after: 'a' },
      { id: 'h', type: 'logic.errorHandler' },
      { id: 'page' },
    );
    expect(places(graph)).toMatchObject({ h: [0, 2], page: [1, 2] });
  });

  it('ignores a hint that names nobody', () => {
    expect(places(add(emptyGraph(), { id: 'a' }, { id: 'b', after: 'ghost' }))).toEqual({ a: [0, 0], b: [1, 0] });
  });
});

describe('tidyLayout', () => {
  it('draws from left to right and keeps everything but the positions', () => {
    const graph = connectNodes(add(emptyGraph(), { id: 'c' }, { id: 'b' }, { id: 'a' }), [
      { source: 'a', target: 'b' },
      { source: 'b', target: 'c' },
    ]).graph;
    const tidy = tidyLayout(graph);
    expect(places(tidy)).toEqual({ a: [0, 0], b: [1, 0], c: [2, 0] });
    expect(tidy.edges).toBe(graph.edges);
    expect(tidy.nodes.map(({ position: _, ...rest }) => rest)).toEqual(
      graph.nodes.map(({ position: _, ...rest }) => rest),
    );
  });

  it('accepts an empty graph', () => {
    expect(tidyLayout(emptyGraph())).toEqual(emptyGraph());
  });

  it('draws nodes apart that share an id', () => {
    const graph = add(emptyGraph(), { id: 'a' });
    const tidy = tidyLayout({ nodes: [...graph.nodes, ...graph.nodes], edges: [] });
    expect(new Set(tidy.nodes.map((node) => node.position.y)).size).toBe(2);
  });
});
