/** An edge, with the name of its branch at its start. */
import { BaseEdge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import type { CanvasEdge } from './canvas-graph.js';
import { edgePath } from './edge-path.js';

export const BranchEdgeView = memo(function BranchEdgeView(props: EdgeProps<CanvasEdge>) {
  const { sourceX, sourceY, targetX, targetY, markerEnd, data } = props;
  const path = edgePath({ sourceX, sourceY, targetX, targetY }, Boolean(data?.branch));
  return (
    <>
      <BaseEdge path={path} markerEnd={markerEnd} style={{ strokeWidth: 1.5 }} />
      {data?.branch ? (
        <EdgeLabelRenderer>
          <span
            title={data.branch}
            style={{ transform: `translate(0, -50%) translate(${sourceX + 8}px, ${sourceY}px)` }}
            className="pointer-events-none absolute max-w-18 truncate rounded-full bg-page px-1.5 py-0.5 text-ink-soft text-xs leading-none"
          >
            {data.branch}
          </span>
        </EdgeLabelRenderer>
      ) : null}
    </>
  );
});
