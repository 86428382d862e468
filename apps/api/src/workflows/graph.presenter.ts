/** Maps graphs to what the API shows. Findings are stored with their graph; only graphs stored before that are linted here. */
import { type GraphIssue, lintGraph, type WorkflowGraph } from '#libs/graph';
import type { GraphRevisionView } from '#libs/persistence';
import type { GraphObject, RevisionObject } from './graph.type.js';

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
    edges: graph.edges,
    get issues() {
      return issues ?? findingsOf(graph);
    },
  };
}

export function presentRevision(revision: GraphRevisionView): RevisionObject {
  return {
    ...revision,
    // A getter, because revisions are read without their graph when no client asks for it.
    get graph() {
      return presentGraph(revision.graph, revision.revision, revision.issues);
    },
  };
}
