/** A camera that keeps the graph in view while it is being built, until somebody moves it. */
import { type FitViewOptions, useReactFlow, useStore } from '@xyflow/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { CanvasNode } from './canvas-graph.js';

const calmMs = 500;
/** Below this, labels cannot be read: the camera then stays with the newest nodes until the graph is finished. */
const readableZoom = 0.6;
const newestCount = 3;
/** Room for what lies over the canvas. */
const roomy: FitViewOptions['padding'] = { top: '72px', right: '56px', bottom: '56px', left: '72px' };
const tight: FitViewOptions['padding'] = { top: '72px', right: '16px', bottom: '72px', left: '16px' };
/** Canvases narrower than this, in pixels, have no room to give away. */
const narrow = 640;
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
  const { fitView, setCenter, setViewport, getViewport, getNode, getNodesBounds } = useReactFlow();
  const width = useStore((state) => state.width);
  const [following, setFollowing] = useState(true);
  const first = useRef(true);
  const newest = useNewest(nodes).join(' ');
  const shape = nodes.map(({ id, position }) => `${id}@${position.x},${position.y}`).join(' ');

  useEffect(() => {
    if (width === 0 || shape === '' || !following) return;
    const ids = shape.split(' ').map((entry) => entry.slice(0, entry.indexOf('@')));
    const tooWide = building && width / getNodesBounds(ids).width < readableZoom;
    void fitView({
      nodes: (tooWide ? newest.split(' ') : ids).map((id) => ({ id })),
      padding: width < narrow ? tight : roomy,
      maxZoom: tooWide ? 0.8 : 1,
      duration: first.current ? 0 : glideMs(),
    });
    first.current = false;
  }, [width, shape, newest, building, following, fitView, getNodesBounds]);

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
