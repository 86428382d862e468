/** Maps graphs to what the API shows. Linting is put off until somebody asks for the findings. */
import { lintGraph, type WorkflowGraph } from '#libs/graph';
import type { GraphRevisionView } from '#libs/persistence';
import type { GraphEdgeObject, GraphIssueObject, GraphObject, RevisionObject } from './graph.type.js';

interface IssueLike {
  code: string;
  severity: GraphIssueObject['severity'];
  message: string;
  nodeId?: string | null;
  edgeId?: string | null;
  path?: string | null;
}

export function presentIssue(issue: IssueLike): GraphIssueObject {
  return {
    code: issue.code,
    severity: issue.severity,
    message: issue.message,
    nodeId: issue.nodeId ?? null,
    edgeId: issue.edgeId ?? null,
    path: issue.path ?? null,
  };
}

export function presentEdge(edge: WorkflowGraph['edges'][number]): GraphEdgeObject {
  return { id: edge.id, source: edge.source, target: edge.target, branch: edge.branch ?? null };
}

export function presentGraph(graph: WorkflowGraph, revision: number): GraphObject {
  return {
    revision,
    nodes: graph.nodes,
    edges: graph.edges.map(presentEdge),
    get issues() {
      return lintGraph(graph).map(presentIssue);
    },
  };
}

export function presentRevision(revision: GraphRevisionView): RevisionObject {
  return {
    id: revision.id,
    revision: revision.revision,
    graph: presentGraph(revision.graph, revision.revision),
    runId: revision.runId,
    createdAt: revision.createdAt.toISOString(),
  };
}
