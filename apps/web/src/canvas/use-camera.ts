/**
 * Keeps the graph in view while it is being built and when the window is resized, until the user moves the camera. The
 * arithmetic is in camera-view.
 */
import { useReactFlow, useStore } from '@xyflow/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { fitsReadably, freeArea, type Screen, viewOfAll, viewOfNewest, withInArea } from './camera-view.js';
import type { CanvasNode } from './canvas-graph.js';

const CALM_MS = 500;
/** In a graph too large to be readable as a whole, at least this many of the newest nodes are in view. */
const NEWEST_COUNT = 3;

/**
 * `follow`: the whole graph while it is readable, otherwise its newest nodes. `all`: the whole graph, however small.
 * `free`: as the user left it.
 */
type CameraMode = 'follow' | 'all' | 'free';

function glideMs(): number {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : CALM_MS;
}

/** The size of the canvas; while it is hidden, its last size. */
export function useScreen(): Screen {
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const known = useRef<Screen>({ width: 0, height: 0 });
  if (width > 0 && height > 0 && (width !== known.current.width || height !== known.current.height)) {
    known.current = { width, height };
  }
  return known.current;
}

/** The ids of the nodes added last, in that order. */
function useNewest(nodes: readonly CanvasNode[]): readonly string[] {
  const order = useRef<readonly string[]>([]);
  const present = new Set(nodes.map((node) => node.id));
  const known = order.current.filter((id) => present.has(id));
  const fresh = nodes.map((node) => node.id).filter((id) => !known.includes(id));
  order.current = [...known, ...fresh];
  return order.current.slice(-NEWEST_COUNT);
}

/** @param selectedId the node whose details are open; the details never cover it */
export function useCamera(nodes: readonly CanvasNode[], screen: Screen, selectedId: string | null) {
  const { setViewport, getViewport } = useReactFlow();
  const [mode, setMode] = useState<CameraMode>('follow');
  const first = useRef(true);
  const newest = useNewest(nodes);
  const latest = useRef(nodes);
  latest.current = nodes;
  const shape = nodes.map(({ id, position }) => `${id}@${position.x},${position.y}`).join(' ');

  // biome-ignore lint/correctness/useExhaustiveDependencies: the camera moves when a node comes or moves, not when it is drawn anew.
  useEffect(() => {
    const all = latest.current;
    const selected = all.find((node) => node.id === selectedId);
    if (screen.width === 0 || all.length === 0 || (mode === 'free' && !selected)) return;
    const held = () => {
      if (mode === 'free') return getViewport();
      if (mode === 'all' || fitsReadably(all, screen)) return viewOfAll(all, screen);
      return viewOfNewest(
        all,
        all.filter((node) => newest.includes(node.id)),
        screen,
      );
    };
    const view = selected ? withInArea(held(), selected, freeArea(screen, true)) : held();
    void setViewport(view, { duration: first.current ? 0 : glideMs() });
    first.current = false;
  }, [screen, shape, mode, selectedId, setViewport, getViewport]);

  return {
    following: mode === 'follow',
    /** For React Flow's `onMove`: only moves by the user carry an event, and a click moves nothing. */
    onMove: useCallback((event: MouseEvent | TouchEvent | null) => {
      if (event) setMode('free');
    }, []),
    letGo: useCallback(() => setMode('free'), []),
    follow: useCallback(() => setMode('follow'), []),
    showAll: useCallback(() => setMode('all'), []),
  };
}
