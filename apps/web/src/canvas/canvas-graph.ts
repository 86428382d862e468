/** A workflow's graph in the form that React Flow draws: sizes, handle positions, and the same objects for unchanged nodes. */
import { type Edge, MarkerType, type Node } from '@xyflow/react';
import type { GraphEdgeState, GraphIssueState, GraphNodeState, GraphState } from '#libs/client';
import { branchesOf, NODE_HEIGHT, NODE_WIDTH } from '#libs/graph';
import type { NodeTypeInfo } from './node-catalog.js';

export interface BranchHandle {
  name: string;
  connected: boolean;
}

export type CanvasNode = Node<
  {
    node: GraphNodeState;
    info: NodeTypeInfo | undefined;
    issues: readonly GraphIssueState[];
    /** `null` for one unnamed output. */
    branches: readonly BranchHandle[] | null;
    hasInput: boolean;
    hasOutput: boolean;
    /** Whether it was added while the page was open. */
    fresh: boolean;
  },
  'workflow'
>;

export type CanvasEdge = Edge<{ branch: string | null }, 'branch'>;

export type Placement = ReadonlyMap<string, { readonly x: number; readonly y: number }>;

function branchesFor(node: GraphNodeState, edges: readonly GraphEdgeState[]): readonly BranchHandle[] | null {
  const used = new Set(edges.filter((edge) => edge.source === node.id && edge.branch).map((edge) => edge.branch));
  const known = branchesOf({ type: node.type, parameters: node.parameters as never });
  // A branch unknown to the type must still be drawn when an edge leaves from it.
  const names = new Set([...(known ?? []), ...[...used].filter((name) => name !== null)]);
  return names.size === 0 ? null : [...names].map((name) => ({ name, connected: used.has(name) }));
}

/** Canvas nodes by id, kept between calls so that unchanged nodes are not drawn again. */
export class CanvasNodes {
  private kept = new Map<
    string,
    { key: string; source: GraphNodeState; info: NodeTypeInfo | undefined; node: CanvasNode }
  >();

  private firstRevision: number | null = null;

  /** @param placement positions to use instead of the server's */
  from(graph: GraphState, catalog: readonly NodeTypeInfo[], placement: Placement | null): CanvasNode[] {
    this.firstRevision ??= graph.revision;
    const infos = new Map(catalog.map((info) => [info.type, info]));
    const next: typeof this.kept = new Map();
    for (const source of graph.nodes) {
      const info = infos.get(source.type);
      const issues = graph.issues.filter((issue) => issue.nodeId === source.id);
      const branches = branchesFor(source, graph.edges);
      const position = placement?.get(source.id) ?? source.position;
      const hasOutput = graph.edges.some((edge) => edge.source === source.id);
      const key = JSON.stringify([issues, branches, position, hasOutput]);
      const before = this.kept.get(source.id);
      const fresh = before ? before.node.data.fresh : graph.revision > this.firstRevision;
      const same = before && before.source === source && before.info === info && before.key === key;
      const node: CanvasNode = same
        ? before.node
        : {
            id: source.id,
            type: 'workflow',
            position: { ...position },
            width: NODE_WIDTH,
            height: NODE_HEIGHT,
            // Known in advance, so that the camera need not wait for the browser.
            measured: { width: NODE_WIDTH, height: NODE_HEIGHT },
            data: { node: source, info, issues, branches, hasInput: info?.category !== 'trigger', hasOutput, fresh },
            ariaRole: 'button',
            domAttributes: {
              'data-testid': 'canvas-node',
              'data-node-id': source.id,
              'aria-roledescription': undefined,
              'aria-describedby': undefined,
            } as CanvasNode['domAttributes'],
          };
      next.set(source.id, { key, source, info, node });
    }
    this.kept = next;
    return [...next.values()].map((entry) => entry.node);
  }
}

export function canvasEdges(graph: GraphState): CanvasEdge[] {
  const present = new Set(graph.nodes.map((node) => node.id));
  return graph.edges
    .filter((edge) => present.has(edge.source) && present.has(edge.target))
    .map((edge) => ({
      id: edge.id,
      type: 'branch',
      source: edge.source,
      target: edge.target,
      sourceHandle: edge.branch,
      data: { branch: edge.branch },
      focusable: false,
      markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: 'var(--edge)' },
    }));
}
