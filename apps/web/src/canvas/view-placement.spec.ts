import { describe, expect, it } from 'vitest';
import type { GraphState } from '#libs/client';
import { COLUMN_PITCH, COLUMNS, ROW_PITCH } from '#libs/graph';
import { ViewPlacement } from './view-placement.js';

/** A path through these nodes, each at its place in the server's grid. */
function path(...stops: [id: string, column: number, row: number][]): GraphState {
  const nodes = stops.map(([id, column, row]) => ({
    id,
    type: 'logic.merge',
    label: id,
    parameters: {},
    position: { x: column * COLUMN_PITCH, y: row * ROW_PITCH },
  }));
  const edges = stops.slice(1).map(([target], at) => {
    const source = stops[at]?.[0] ?? '';
    return { id: `${source}-${target}`, source, target, branch: null };
  });
  return { revision: stops.length, nodes, edges, issues: [] };
}

const any = { kind: 'any' } as const;
const wide = { columns: COLUMNS, wanted: any };
const narrow = { columns: 2, wanted: any };
const inGrid = (places: ReturnType<ViewPlacement['of']>) =>
  Object.fromEntries([...(places ?? [])].map(([id, { x, y }]) => [id, [x / COLUMN_PITCH, y / ROW_PITCH]]));

describe('ViewPlacement', () => {
  it('leaves nodes where the server put them while that can be read', () => {
    const view = new ViewPlacement();
    const graph = path(['a', 0, 0], ['b', 1, 0], ['c', 2, 0]);
    expect(view.of(graph, { ...wide, ended: false })).toBeNull();
    expect(view.of(graph, { ...wide, ended: true })).toBeNull();
  });

  it.each([
    ['reads backwards', path(['a', 0, 0], ['new', 1, 1], ['b', 1, 0])],
    ['has a hole', path(['a', 0, 0], ['c', 2, 0])],
    ['is wider than the screen', path(['a', 0, 0], ['b', 1, 0], ['c', 2, 0], ['d', 3, 0], ['e', 4, 0])],
  ])('lays out anew what ended and %s, and not while it is being built', (_, graph) => {
    const view = new ViewPlacement();
    expect(view.of(graph, { ...wide, ended: false })).toBeNull();
    expect(view.of(graph, { ...wide, ended: true })).not.toBeNull();
  });

  it('moves nothing that stands in the view while the next run adds to it', () => {
    const view = new ViewPlacement();
    const before = view.of(path(['a', 0, 0], ['new', 1, 1], ['b', 1, 0]), { ...wide, ended: true });
    const grown = path(['a', 0, 0], ['new', 1, 1], ['b', 1, 0], ['c', 2, 0]);
    const after = view.of(grown, { ...wide, ended: false });
    expect(inGrid(after)).toMatchObject(inGrid(before));
    expect(inGrid(view.of(grown, { ...wide, ended: true }))).toEqual(inGrid(after));
  });

  it('keeps to the columns of a narrow screen, and moves nothing there while nodes come', () => {
    const view = new ViewPlacement();
    const stops: [string, number, number][] = [
      ['a', 0, 0],
      ['b', 1, 0],
      ['c', 2, 0],
      ['d', 3, 0],
      ['e', 0, 1],
    ];
    let known = {};
    for (let count = 1; count <= stops.length; count += 1) {
      const places = inGrid(view.of(path(...stops.slice(0, count)), { ...narrow, ended: false }));
      expect(places).toMatchObject(known);
      known = places;
    }
    expect(known).toEqual({ a: [0, 0], b: [1, 0], c: [0, 1], d: [1, 1], e: [0, 2] });
  });

  it('shows what is stored when asked, and lays out anew each time it is asked', () => {
    const view = new ViewPlacement();
    const graph = path(['a', 0, 0], ['new', 1, 1], ['b', 1, 0]);
    const tidied = view.of(graph, { ...wide, ended: true });
    expect(view.of(graph, { ...wide, ended: true, wanted: { kind: 'stored' } })).toBeNull();
    const again = view.of(graph, { ...wide, ended: true, wanted: { kind: 'tidy', asked: 1 } });
    expect(inGrid(again)).toEqual(inGrid(tidied));
  });
});
