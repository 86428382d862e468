import { describe, expect, it } from 'vitest';
import { COLUMN_PITCH, COLUMNS, NODE_HEIGHT, NODE_WIDTH, ROW_PITCH, ROWS } from '#libs/graph';
import {
  columnsOn,
  fitsReadably,
  freeArea,
  outsideOf,
  outsideWords,
  READABLE_ZOOM,
  viewOfAll,
  viewOfNewest,
  withInArea,
} from './camera-view.js';

/** The canvas beside the conversation in a window of 1280 by 800, and the canvas of a phone. */
const desktop = { width: 880, height: 744 };
const phone = { width: 390, height: 740 };
const node = (column: number, row: number, branches: { name: string; connected: boolean }[] | null = null) => ({
  position: { x: column * COLUMN_PITCH, y: row * ROW_PITCH },
  width: NODE_WIDTH,
  height: NODE_HEIGHT,
  data: { branches },
});
const field = (columns: number, rows: number) =>
  Array.from({ length: columns * rows }, (_, at) => node(at % columns, Math.floor(at / columns)));
const branches = [{ name: 'rejected', connected: false }];

describe('viewOfAll', () => {
  it('shows a small graph whole, in the middle, no larger than life', () => {
    const { x, zoom } = viewOfAll(field(2, 1), desktop);
    expect(zoom).toBe(1);
    const [left, right] = [x, desktop.width - (x + COLUMN_PITCH + NODE_WIDTH)];
    expect(left).toBeGreaterThan(100);
    expect(Math.abs(left - right)).toBeLessThan(30);
  });

  it('shows the largest field of a small graph at a zoom of 0.6 or more beside the conversation', () => {
    const nodes = [...field(COLUMNS, ROWS), node(COLUMNS - 1, 0, branches)];
    const view = viewOfAll(nodes, desktop);
    expect(view.zoom).toBeGreaterThanOrEqual(0.6);
    expect(outsideWords(outsideOf(nodes, view, desktop))).toBeNull();
    expect(columnsOn(desktop)).toBe(COLUMNS);
  });

  it('shows as many columns on a phone as can be read there', () => {
    const columns = columnsOn(phone);
    expect(columns).toBe(2);
    const nodes = [...field(columns, 6), node(columns - 1, 0, branches)];
    expect(fitsReadably(nodes, phone)).toBe(true);
    expect(outsideWords(outsideOf(nodes, viewOfAll(nodes, phone), phone))).toBeNull();
  });

  it('shows all of any number', () => {
    const nodes = field(COLUMNS, 60);
    expect(outsideWords(outsideOf(nodes, viewOfAll(nodes, phone), phone))).toBeNull();
  });
});

describe('viewOfNewest', () => {
  it('keeps the newest in view at a size that can be read, and the space around them full', () => {
    const nodes = field(COLUMNS, 20);
    const newest = nodes.slice(-3);
    const view = viewOfNewest(nodes, newest, desktop);
    expect(view.zoom).toBe(READABLE_ZOOM);
    expect(outsideWords(outsideOf(newest, view, desktop))).toBeNull();
    const outside = outsideOf(nodes, view, desktop);
    expect(outside.above).toBeGreaterThan(0);
    expect(outside.below + outside.left + outside.right).toBe(0);
    const { top, height } = freeArea(desktop);
    expect(view.y + (19 * ROW_PITCH + NODE_HEIGHT) * view.zoom).toBeCloseTo(top + height);
  });
});

describe('withInArea', () => {
  it.each([
    ['beside', desktop],
    ['below', phone],
  ])('moves a node out from under details that stand %s the graph', (_, screen) => {
    const nodes = field(columnsOn(screen), 3);
    const area = freeArea(screen, true);
    for (const selected of nodes) {
      const { x, y, zoom } = withInArea(viewOfAll(nodes, screen), selected, area);
      const [left, top] = [x + selected.position.x * zoom, y + selected.position.y * zoom];
      expect(left).toBeGreaterThanOrEqual(area.left - 0.01);
      expect(left + NODE_WIDTH * zoom).toBeLessThanOrEqual(area.left + area.width + 0.01);
      expect(top).toBeGreaterThanOrEqual(area.top - 0.01);
      expect(top + NODE_HEIGHT * zoom).toBeLessThanOrEqual(area.top + area.height + 0.01);
    }
  });

  it('leaves a view alone in which the node is free', () => {
    const view = { x: 100, y: 100, zoom: 0.6 };
    expect(withInArea(view, node(0, 0), freeArea(desktop, true))).toEqual(view);
  });
});

describe('outsideWords', () => {
  it('says how many, and where', () => {
    expect(outsideWords({ above: 3, below: 0, left: 2, right: 0 })).toBe(
      '5 steps are out of view: 3 above, 2 to the left',
    );
    expect(outsideWords({ above: 0, below: 1, left: 0, right: 0 })).toBe('1 step is out of view: 1 below');
    expect(outsideWords({ above: 0, below: 0, left: 0, right: 0 })).toBeNull();
  });
});
