/** Camera arithmetic, as pure functions. Units are canvas pixels unless screen pixels are stated. */
import { COLUMN_GAP, COLUMN_PITCH, COLUMNS, NODE_WIDTH } from '#libs/graph';
import type { CanvasNode } from './canvas-graph.js';

/** Below this zoom labels are unreadable, so only a part of the graph is shown. */
export const READABLE_ZOOM = 0.55;

export interface CameraView {
  x: number;
  y: number;
  zoom: number;
}

export interface Screen {
  width: number;
  height: number;
}

/** A rectangle on the screen. */
interface Area extends Screen {
  left: number;
  top: number;
}

type SeenNode = Pick<CanvasNode, 'position' | 'width' | 'height'> & { data: Pick<CanvasNode['data'], 'branches'> };

/** Canvases narrower than this have no room to spare. Screen pixels. */
const NARROW = 640;
/** Width of the details beside the graph, with their margins. Screen pixels. */
const DETAILS_WIDTH = 376;
/** Height of the details below the graph, as a fraction of the canvas. */
export const DETAILS_SHARE = 0.55;

/** Whether the details are below the graph, because there is no room beside it. */
export function detailsStandBelow({ width }: Screen): boolean {
  return width < DETAILS_WIDTH * 2;
}

/** The part of the screen that nothing covers. */
export function freeArea({ width, height }: Screen, detailsOpen = false): Area {
  const margins =
    width < NARROW ? { top: 68, right: 12, bottom: 72, left: 12 } : { top: 68, right: 36, bottom: 60, left: 36 };
  if (detailsOpen && detailsStandBelow({ width, height })) margins.bottom = height * DETAILS_SHARE + 12;
  else if (detailsOpen) margins.right = DETAILS_WIDTH;
  return {
    left: margins.left,
    top: margins.top,
    width: width - margins.left - margins.right,
    height: height - margins.top - margins.bottom,
  };
}

/** How many columns of nodes are readable side by side on this screen, at most as many as the layout uses. */
export function columnsOn(screen: Screen): number {
  const fitting = Math.floor((freeArea(screen).width / READABLE_ZOOM - NODE_WIDTH) / COLUMN_PITCH) + 1;
  return Math.min(COLUMNS, Math.max(1, fitting));
}

function boundsOf(nodes: readonly SeenNode[]) {
  // The names of branches are drawn beside their node.
  const rightOf = ({ position, width = 0, data }: SeenNode) => position.x + width + (data.branches ? COLUMN_GAP : 0);
  return {
    left: Math.min(...nodes.map(({ position }) => position.x)),
    right: Math.max(...nodes.map(rightOf)),
    top: Math.min(...nodes.map(({ position }) => position.y)),
    bottom: Math.max(...nodes.map(({ position, height = 0 }) => position.y + height)),
  };
}

/** The zoom at which all nodes fill the free area. */
function fillingZoom(nodes: readonly SeenNode[], screen: Screen): number {
  const { left, right, top, bottom } = boundsOf(nodes);
  const { width, height } = freeArea(screen);
  return Math.min(width / (right - left), height / (bottom - top));
}

/** Whether all nodes are visible at once with readable labels. `nodes` is not empty. */
export function fitsReadably(nodes: readonly SeenNode[], screen: Screen): boolean {
  return fillingZoom(nodes, screen) >= READABLE_ZOOM;
}

/** The view of all these nodes, centred, at a zoom of at most 1 and without a minimum. `nodes` is not empty. */
export function viewOfAll(nodes: readonly SeenNode[], screen: Screen): CameraView {
  const { left, right, top, bottom } = boundsOf(nodes);
  const area = freeArea(screen);
  const zoom = Math.min(1, fillingZoom(nodes, screen));
  return {
    x: area.left + area.width / 2 - ((left + right) / 2) * zoom,
    y: area.top + area.height / 2 - ((top + bottom) / 2) * zoom,
    zoom,
  };
}

/** The view of the newest of these nodes at a readable size, with as many of the others as fit. */
export function viewOfNewest(nodes: readonly SeenNode[], newest: readonly SeenNode[], screen: Screen): CameraView {
  const [all, seen, area] = [boundsOf(nodes), boundsOf(newest), freeArea(screen)];
  const zoom = READABLE_ZOOM;
  const x = startOf({ from: all.left, to: all.right }, { from: seen.left, to: seen.right }, area.width / zoom);
  const y = startOf({ from: all.top, to: all.bottom }, { from: seen.top, to: seen.bottom }, area.height / zoom);
  return { x: area.left - x * zoom, y: area.top - y * zoom, zoom };
}

interface Span {
  from: number;
  to: number;
}

/** The start of a window of this length that shows `seen` within `all` and does not extend past its ends. */
function startOf(all: Span, seen: Span, length: number): number {
  if (all.to - all.from <= length) return (all.from + all.to) / 2 - length / 2;
  const middle = (seen.from + seen.to) / 2 - length / 2;
  return Math.max(all.from, Math.min(all.to - length, middle));
}

/** The view moved just far enough to show the whole node in the area. */
export function withInArea(view: CameraView, { position, width = 0, height = 0 }: SeenNode, area: Area): CameraView {
  const { x, y, zoom } = view;
  const shift = (start: number, length: number, from: number, room: number) =>
    start < from ? from - start : Math.min(0, from + room - (start + length));
  return {
    x: x + shift(x + position.x * zoom, width * zoom, area.left, area.width),
    y: y + shift(y + position.y * zoom, height * zoom, area.top, area.height),
    zoom,
  };
}

/** How many nodes are not entirely on the screen, by direction. */
export type Outside = Record<'above' | 'below' | 'left' | 'right', number>;

export function outsideOf(nodes: readonly SeenNode[], { x, y, zoom }: CameraView, screen: Screen): Outside {
  const outside: Outside = { above: 0, below: 0, left: 0, right: 0 };
  for (const { position, width = 0, height = 0 } of nodes) {
    const [left, top] = [x + position.x * zoom, y + position.y * zoom];
    if (top < -1) outside.above += 1;
    else if (top + height * zoom > screen.height + 1) outside.below += 1;
    else if (left < -1) outside.left += 1;
    else if (left + width * zoom > screen.width + 1) outside.right += 1;
  }
  return outside;
}

/** "5 steps are out of view: 3 above, 2 to the left"; `null` when none is. */
export function outsideWords({ above, below, left, right }: Outside): string | null {
  const total = above + below + left + right;
  if (total === 0) return null;
  const places = [
    [above, 'above'],
    [below, 'below'],
    [left, 'to the left'],
    [right, 'to the right'],
  ] as const;
  const where = places.filter(([count]) => count > 0).map(([count, place]) => `${count} ${place}`);
  return `${total === 1 ? '1 step is' : `${total} steps are`} out of view: ${where.join(', ')}`;
}
