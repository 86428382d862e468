import { describe, expect, it } from 'vitest';
import { NODE_HEIGHT, NODE_WIDTH } from '#libs/graph';
import { fitsReadably, READABLE_ZOOM, viewOf } from './camera-view.js';

const screen = { width: 1040, height: 840 };
const phone = { width: 390, height: 700 };
const node = (x: number, y = 0, branches: { name: string; connected: boolean }[] | null = null) => ({
  position: { x, y },
  width: NODE_WIDTH,
  height: NODE_HEIGHT,
  data: { branches },
});
const row = (count: number) => Array.from({ length: count }, (_, at) => node(at * 320));

describe('viewOf', () => {
  it('shows a small graph whole, in the middle, no larger than life', () => {
    const { x, zoom } = viewOf(row(2), screen);
    expect(zoom).toBe(1);
    const [left, right] = [x, screen.width - (x + (320 + NODE_WIDTH) * zoom)];
    expect(left).toBeGreaterThan(100);
    expect(Math.abs(left - right)).toBeLessThan(30);
  });

  it.each([
    ['a desktop', screen],
    ['a phone', phone],
  ])('keeps labels readable on %s, and then begins with the leftmost node', (_, size) => {
    const nodes = [...row(12), node(0, 2_000)];
    const { x, y, zoom } = viewOf(nodes, size);
    expect(zoom).toBe(READABLE_ZOOM);
    expect(fitsReadably(nodes, size)).toBe(false);
    expect(x).toBeGreaterThan(0);
    expect(x).toBeLessThan(100);
    expect(y).toBeGreaterThan(0);
    expect(y).toBeLessThan(size.height);
  });

  it('leaves room for the names of branches beside the last node', () => {
    const plain = viewOf(row(4), screen).zoom;
    const last = node(3 * 320, 0, [{ name: 'rejected', connected: false }]);
    const branched = viewOf([...row(3), last], screen);
    expect(branched.zoom).toBeLessThan(plain);
    expect(branched.x + (last.position.x + NODE_WIDTH + 80) * branched.zoom).toBeLessThan(screen.width);
  });
});
