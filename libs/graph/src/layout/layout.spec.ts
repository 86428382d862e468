import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectNodes } from '../edit/edit-edges.js';
import { addNodes, removeNodes } from '../edit/edit-nodes.js';
import { emptyGraph, type WorkflowGraph } from '../graph-schema.js';
import { COLUMN_PITCH, COLUMNS, NODE_HEIGHT, NODE_WIDTH, overlaps, ROW_GAP, ROW_PITCH, ROWS } from './geometry.js';
import { placeNodes } from './place-nodes.js';
import { hasHoles, readsBackwards } from './reading-direction.js';
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

  it('goes on at the left, below everything, after the last column', () => {
    const chain = ['a', 'b', 'c', 'd', 'e', 'f'].map((id, at, ids) => ({ id, ...(at > 0 && { after: ids[at - 1] }) }));
    const first = chain.slice(0, 3);
    const graph = add(emptyGraph(), ...first, { id: 'side', after: 'b' }, ...chain.slice(3));
    expect(places(graph)).toMatchObject({ c: [2, 0], side: [2, 1], d: [3, 0], e: [0, 2], f: [1, 2] });
  });

  it('puts a node behind parents of two lines where all edges lead on', () => {
    const chain = ['a', 'b', 'c', 'd', 'e'].map((id, at, ids) => ({ id, ...(at > 0 && { after: ids[at - 1] }) }));
    const graph = add(emptyGraph(), ...chain);
    const edges = ['d', 'e'].map((source) => ({ id: source, source, target: 'z' }));
    const [z] = placeNodes({ ...graph, edges }, [{ id: 'z', type: 'logic.merge', label: 'z', parameters: {} }]);
    expect(z?.position).toEqual({ x: COLUMN_PITCH, y: ROW_PITCH });
  });

  it('takes the place of a node that was removed', () => {
    const graph = add(emptyGraph(), { id: 'a' }, { id: 'b', after: 'a' }, { id: 'c', after: 'b' });
    const without = { ...graph, nodes: graph.nodes.filter((node) => node.id !== 'b') };
    expect(places(add(without, { id: 'new', after: 'a' }))).toMatchObject({ new: [1, 0] });
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

describe('a graph of up to twelve nodes', () => {
  /** For each node, the numbers of its parents among the previous nodes, and its type. */
  const shape = fc.array(
    fc.record({
      parents: fc.uniqueArray(fc.nat(11), { maxLength: 3 }),
      type: fc.constantFrom('logic.merge', 'logic.errorHandler', 'trigger.webhook'),
    }),
    { minLength: 1, maxLength: 12 },
  );
  const parentsOf = (parents: readonly number[], at: number) => [...new Set(parents)].filter((parent) => parent < at);

  function built(nodes: { parents: number[]; type: string }[], removed: ReadonlySet<number>): WorkflowGraph {
    let graph = emptyGraph();
    for (const [at, { parents, type }] of nodes.entries()) {
      const [after] = parentsOf(parents, at);
      graph = add(graph, { id: `n${at}`, type, ...(after !== undefined && { after: `n${after}` }) });
    }
    const edges = nodes.flatMap(({ parents }, at) =>
      parentsOf(parents, at).map((parent) => ({ id: `${parent}-${at}`, source: `n${parent}`, target: `n${at}` })),
    );
    const stays = (id: string) => !removed.has(Number(id.slice(1)));
    return {
      nodes: graph.nodes.filter((node) => stays(node.id)),
      edges: edges.filter((edge) => stays(edge.source) && stays(edge.target)),
    };
  }

  const isInField = ({ nodes }: WorkflowGraph) =>
    nodes.every(
      ({ position: { x, y } }) =>
        x >= 0 && x + NODE_WIDTH <= COLUMNS * COLUMN_PITCH && y >= 0 && y + NODE_HEIGHT <= ROWS * ROW_PITCH - ROW_GAP,
    );
  const isApart = ({ nodes }: WorkflowGraph) =>
    nodes.every((one, at) => nodes.slice(at + 1).every((other) => !overlaps(one.position, other.position)));

  it('is placed within the field, whatever its shape, and tidied within it', () => {
    fc.assert(
      fc.property(shape, fc.uniqueArray(fc.nat(11)), (nodes, removed) => {
        const graph = built(nodes, new Set());
        expect(isInField(graph)).toBe(true);
        expect(isApart(graph)).toBe(true);
        const tidy = tidyLayout(built(nodes, new Set(removed)));
        expect(isInField(tidy)).toBe(true);
        expect(isApart(tidy)).toBe(true);
        expect(readsBackwards(tidy)).toBe(false);
      }),
    );
  });
});

describe('a graph of any size', () => {
  it('has all its nodes apart, in as many columns as there are', () => {
    const chain = Array.from({ length: 70 }, (_, at) => ({ id: `n${at}`, ...(at > 0 && { after: `n${at - 1}` }) }));
    for (const graph of [add(emptyGraph(), ...chain), tidyLayout(add(emptyGraph(), ...chain))]) {
      expect(new Set(graph.nodes.map(({ position }) => `${position.x} ${position.y}`)).size).toBe(70);
      expect(Math.max(...graph.nodes.map(({ position }) => position.x))).toBeLessThan(COLUMNS * COLUMN_PITCH);
    }
  });
});

describe('hasHoles', () => {
  const line = connectNodes(add(emptyGraph(), { id: 'a' }, { id: 'b' }, { id: 'c' }), [
    { source: 'a', target: 'b' },
    { source: 'b', target: 'c' },
  ]).graph;

  it('is true where a node was removed between two others, until it is tidied', () => {
    expect(hasHoles(line)).toBe(false);
    const without = connectNodes(removeNodes(line, ['b']).graph, [{ source: 'a', target: 'c' }]).graph;
    expect(hasHoles(without)).toBe(true);
    expect(hasHoles(tidyLayout(without))).toBe(false);
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
