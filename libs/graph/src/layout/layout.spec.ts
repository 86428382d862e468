import { describe, expect, it } from 'vitest';
import { connectNodes } from '../edit/edit-edges.js';
import { addNodes } from '../edit/edit-nodes.js';
import { emptyGraph, type WorkflowGraph } from '../graph-schema.js';
import { COLUMN_PITCH, ROW_PITCH } from './geometry.js';
import { placeNodes } from './place-nodes.js';
import { readsBackwards } from './reading-direction.js';
import { tidyLayout } from './tidy-layout.js';

const add = (
  graph: WorkflowGraph,
  ...nodes: { id: string; after?: string; type?: string; parameters?: object }[]
): WorkflowGraph =>
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

  it('puts siblings into the same column, the later ones below', () => {
    const graph = add(
      emptyGraph(),
      { id: 'a' },
      { id: 'b', after: 'a' },
      { id: 'c', after: 'a' },
      { id: 'd', after: 'a' },
    );
    expect(places(graph)).toEqual({ a: [0, 0], b: [1, 0], c: [1, 1], d: [1, 2] });
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

  const choice = {
    id: 'which',
    type: 'logic.switch',
    parameters: { cases: ['bug', 'billing'].map((name) => ({ name })) },
  };
  const branch = (source: string, target: string, name?: string) => ({ source, target, ...(name && { branch: name }) });
  const rows = (graph: WorkflowGraph, ...ids: string[]) =>
    ids.map((id) => graph.nodes.find((node) => node.id === id)?.position.y ?? Number.NaN);
  const rising = (numbers: number[]) => numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0));

  it.each([
    ['in the order of the edges', ['bug', 'billing', 'default']],
    ['against it', ['default', 'billing', 'bug']],
    ['mixed', ['billing', 'default', 'bug']],
  ])('puts the targets of a switch below each other in the order of its branches: edges come %s', (_, order) => {
    const nodes = order.map((name) => ({ id: `on-${name}` }));
    const graph = connectNodes(add(emptyGraph(), { id: 'start' }, choice, ...nodes, { id: 'reply' }), [
      branch('start', 'which'),
      ...order.map((name) => branch('which', `on-${name}`, name)),
      branch('on-default', 'reply'),
    ]).graph;
    const tidy = tidyLayout(graph);
    expect(rising(rows(tidy, 'on-bug', 'on-billing', 'on-default'))).toBe(true);
    expect(rows(tidy, 'reply')).toEqual(rows(tidy, 'on-default'));
  });

  it('puts what follows the targets in their order as well', () => {
    const graph = connectNodes(
      add(emptyGraph(), { id: 'if', type: 'logic.if' }, { id: 'n2' }, { id: 'y2' }, { id: 'n1' }, { id: 'y1' }),
      [branch('if', 'n1', 'false'), branch('if', 'y1', 'true'), branch('n1', 'n2'), branch('y1', 'y2')],
    ).graph;
    const tidy = tidyLayout(graph);
    expect(rising(rows(tidy, 'y1', 'n1'))).toBe(true);
    expect(rising(rows(tidy, 'y2', 'n2'))).toBe(true);
  });

  it('draws every node when two nodes want the same targets in opposite orders', () => {
    const edges = [branch('one', 'a'), branch('one', 'b'), branch('two', 'b'), branch('two', 'a')];
    const graph = connectNodes(add(emptyGraph(), { id: 'one' }, { id: 'two' }, { id: 'a' }, { id: 'b' }), edges).graph;
    const tidy = tidyLayout(graph);
    expect(rising(rows(tidy, 'a', 'b'))).toBe(true);
    expect(new Set(tidy.nodes.map((node) => `${node.position.x} ${node.position.y}`)).size).toBe(4);
  });
});

describe('readsBackwards', () => {
  const line = connectNodes(add(emptyGraph(), { id: 'a' }, { id: 'b' }, { id: 'c' }), [
    { source: 'a', target: 'b' },
    { source: 'b', target: 'c' },
  ]).graph;

  it('is false for a graph as it was built', () => {
    expect(readsBackwards(line)).toBe(false);
    expect(readsBackwards(emptyGraph())).toBe(false);
  });

  it('is true when a node was put before another that keeps its place, and tidying helps', () => {
    const inserted = connectNodes(add(line, { id: 'approve', after: 'b' }), [
      { source: 'b', target: 'approve' },
      { source: 'approve', target: 'c' },
    ]).graph;
    expect(readsBackwards(inserted)).toBe(true);
    expect(readsBackwards(tidyLayout(inserted))).toBe(false);
  });

  it('is false for the way back of a loop, which no layout avoids', () => {
    const loop = connectNodes(line, [{ source: 'c', target: 'b' }]).graph;
    expect(loop.edges).toHaveLength(3);
    expect(readsBackwards(loop)).toBe(false);
  });
});
