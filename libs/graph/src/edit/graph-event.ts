import type { GraphEvent } from '#libs/contracts';
import type { GraphIssue } from '../lint/graph-issue.js';
import type { GraphPatch } from './graph-patch.js';

/** An edit as a stream event, where `null` stands for fields that a graph may omit. */
export function graphEvent(
  revision: number,
  { patch, issues }: { patch: GraphPatch; issues: GraphIssue[] },
): GraphEvent {
  return {
    type: 'graph',
    revision,
    upsertNodes: patch.upsertNodes,
    removeNodeIds: patch.removeNodeIds,
    upsertEdges: patch.upsertEdges.map(({ id, source, target, branch }) => ({
      id,
      source,
      target,
      branch: branch ?? null,
    })),
    removeEdgeIds: patch.removeEdgeIds,
    issues: issues.map(({ code, severity, message, nodeId, edgeId, path }) => ({
      code,
      severity,
      message,
      nodeId: nodeId ?? null,
      edgeId: edgeId ?? null,
      path: path ?? null,
    })),
  };
}
