/** A camera that keeps the graph in view while it is being built, until somebody moves it. */
import { useReactFlow, useStore } from '@xyflow/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { fitsReadably, viewOf } from './camera-view.js';
import type { CanvasNode } from './canvas-graph.js';

const calmMs = 500;
/** While a graph that is too large is being built, the camera stays with this many of its newest nodes. */
const newestCount = 3;
/** Width of the details with their margins. */
const detailsPx = 380;

function glideMs(): number {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : calmMs;
}

/** The ids of the nodes that came last, in the order in which they came. */
function useNewest(nodes: readonly CanvasNode[]): readonly string[] {
  const order = useRef<readonly string[]>([]);
  const present = new Set(nodes.map((node) => node.id));
  const known = order.current.filter((id) => present.has(id));
  const fresh = nodes.map((node) => node.id).filter((id) => !known.includes(id));
  order.current = [...known, ...fresh];
  return order.current.slice(-newestCount);
}

/** @param building whether more nodes are to come */
export function useFollowCamera(nodes: readonly CanvasNode[], building: boolean) {
  const { setCenter, setViewport, getViewport, getNode } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const [following, setFollowing] = useState(true);
  const first = useRef(true);
  const newest = useNewest(nodes);
  const latest = useRef(nodes);
  latest.current = nodes;
  const shape = nodes.map(({ id, position }) => `${id}@${position.x},${position.y}`).join(' ');

  // biome-ignore lint/correctness/useExhaustiveDependencies: the camera moves when a node comes or moves, not when it is drawn anew.
  useEffect(() => {
    if (width === 0 || shape === '' || !following) return;
    const screen = { width, height };
    const all = latest.current;
    const tooWide = building && !fitsReadably(all, screen);
    const seen = tooWide ? all.filter((node) => newest.includes(node.id)) : all;
    void setViewport(viewOf(seen, screen, tooWide ? 0.9 : 1), { duration: first.current ? 0 : glideMs() });
    first.current = false;
  }, [width, height, shape, building, following, setViewport]);

  const lookAt = useCallback(
    (nodeId: string) => {
      const node = getNode(nodeId);
      if (!node) return;
      setFollowing(false);
      const x = node.position.x + (node.width ?? 0) / 2;
      const y = node.position.y + (node.height ?? 0) / 2;
      void setCenter(x, y, { zoom: 1, duration: glideMs() });
    },
    [getNode, setCenter],
  );

  /** Moves a node out from under the details, if it is there. */
  const uncover = useCallback(
    (nodeId: string) => {
      const node = getNode(nodeId);
      if (!node || width < detailsPx * 2) return;
      const { x, y, zoom } = getViewport();
      const covered = x + (node.position.x + (node.width ?? 0)) * zoom - (width - detailsPx);
      if (covered <= 0) return;
      setFollowing(false);
      void setViewport({ x: x - covered, y, zoom }, { duration: glideMs() });
    },
    [getNode, getViewport, setViewport, width],
  );

  return {
    following,
    /** For React Flow's `onMoveStart`: only a person's move carries an event. */
    onMoveStart: (event: MouseEvent | TouchEvent | null) => {
      if (event) setFollowing(false);
    },
    follow: () => setFollowing(true),
    lookAt,
    uncover,
  };
}
