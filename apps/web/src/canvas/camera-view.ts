/** Where the camera stands. Owns the arithmetic; moves nothing. Pixels of the canvas, and of the screen where said. */
import { COLUMN_GAP } from '#libs/graph';
import type { CanvasNode } from './canvas-graph.js';

/** Below this, labels cannot be read. */
export const READABLE_ZOOM = 0.64;

export interface CameraView {
  x: number;
  y: number;
  zoom: number;
}

export interface Screen {
  width: number;
  height: number;
}

type SeenNode = Pick<CanvasNode, 'position' | 'width' | 'height'> & { data: Pick<CanvasNode['data'], 'branches'> };

/** Canvases narrower than this have no room to give away. Screen pixels. */
const narrow = 640;

/** Room for what lies over the canvas, in screen pixels. */
function marginsOf({ width }: Screen) {
  return width < narrow ? { top: 72, right: 20, bottom: 72, left: 20 } : { top: 76, right: 36, bottom: 60, left: 36 };
}

function boundsOf(nodes: readonly SeenNode[]) {
  // The names of branches stand beside their node.
  const rightOf = ({ position, width = 0, data }: SeenNode) => position.x + width + (data.branches ? COLUMN_GAP : 0);
  return {
    left: Math.min(...nodes.map(({ position }) => position.x)),
    right: Math.max(...nodes.map(rightOf)),
    top: Math.min(...nodes.map(({ position }) => position.y)),
    bottom: Math.max(...nodes.map(({ position, height = 0 }) => position.y + height)),
  };
}

/** The part of the screen that nothing lies over, and the zoom at which these bounds fill it. */
function frameFor(bounds: ReturnType<typeof boundsOf>, screen: Screen) {
  const margins = marginsOf(screen);
  const width = screen.width - margins.left - margins.right;
  const height = screen.height - margins.top - margins.bottom;
  const zoom = Math.min(width / (bounds.right - bounds.left), height / (bounds.bottom - bounds.top));
  return { left: margins.left, top: margins.top, width, height, zoom };
}

/** Whether all nodes can be seen at once with labels that can be read. `nodes` is not empty. */
export function fitsReadably(nodes: readonly SeenNode[], screen: Screen): boolean {
  return frameFor(boundsOf(nodes), screen).zoom >= READABLE_ZOOM;
}

/**
 * The view of these nodes: all of them, in the middle, where that leaves labels readable; else from the leftmost node
 * on. `nodes` is not empty.
 */
export function viewOf(nodes: readonly SeenNode[], screen: Screen, maxZoom = 1): CameraView {
  const bounds = boundsOf(nodes);
  const frame = frameFor(bounds, screen);
  const zoom = Math.min(maxZoom, Math.max(READABLE_ZOOM, frame.zoom));
  const [width, height] = [(bounds.right - bounds.left) * zoom, (bounds.bottom - bounds.top) * zoom];
  const first = nodes.reduce((best, node) => (node.position.x < best.position.x ? node : best));
  const middle = height <= frame.height ? (bounds.top + bounds.bottom) / 2 : first.position.y + (first.height ?? 0) / 2;
  return {
    x: frame.left + Math.max(0, (frame.width - width) / 2) - bounds.left * zoom,
    y: frame.top + frame.height / 2 - middle * zoom,
    zoom,
  };
}
