/** Maps graphs to what the API shows. Findings are stored with their graph; only graphs stored before that are linted here. */
import { type GraphIssue, lintGraph, type WorkflowGraph } from '#libs/graph';
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
    ...issue,
    nodeId: issue.nodeId ?? null,
    edgeId: issue.edgeId ?? null,
    path: issue.path ?? null,
  };
}

export function presentEdge(edge: WorkflowGraph['edges'][number]): GraphEdgeObject {
  return { id: edge.id, source: edge.source, target: edge.target, branch: edge.branch ?? null };
}

const olderFindings = new WeakMap<WorkflowGraph, readonly GraphIssue[]>();

function findingsOf(graph: WorkflowGraph): readonly GraphIssue[] {
  const known = olderFindings.get(graph) ?? lintGraph(graph);
  olderFindings.set(graph, known);
  return known;
}

export function presentGraph(
  graph: WorkflowGraph,
  revision: number,
  issues: readonly GraphIssue[] | null,
): GraphObject {
  return {
    revision,
    nodes: graph.nodes,
    edges: graph.edges.map(presentEdge),
    get issues() {
      return (issues ?? findingsOf(graph)).map(presentIssue);
    },
  };
}

export function presentRevision(revision: GraphRevisionView): RevisionObject {
  return {
    id: revision.id,
    revision: revision.revision,
    // A getter, because revisions are read without their graph when no client asks for it.
    get graph() {
      return presentGraph(revision.graph, revision.revision, revision.issues);
    },
    runId: revision.runId,
    createdAt: revision.createdAt.toISOString(),
  };
}
