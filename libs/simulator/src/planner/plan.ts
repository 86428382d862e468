/** The planner's target as data: nodes, edges and changes. */
import type { JsonValue } from '#libs/contracts';

export type Parameters = Record<string, JsonValue>;

export interface PlannedNode {
  id: string;
  type: string;
  label: string;
  parameters: Parameters;
}

export interface PlannedEdge {
  source: string;
  target: string;
  branch?: string;
}

export interface NodeChange {
  id: string;
  label?: string;
  parameters?: Parameters;
  removeParameters?: string[];
}

/** The open end of a path, from which the next node is connected. */
export interface Tail {
  source: string;
  branch?: string;
}

/** A target graph, described as changes. Nodes are in the order in which they should appear. */
export interface Plan {
  kind: 'build' | 'edit' | 'nothing';
  /** What was understood, in one sentence, for the reasoning and the final text. */
  understood: string;
  nodes: PlannedNode[];
  edges: PlannedEdge[];
  changes: NodeChange[];
  removals: string[];
  disconnects: PlannedEdge[];
  /** Remarks for the final text: assumptions, and what was not understood. */
  remarks: string[];
  /** What to look up in the catalogue first. */
  queries: string[];
}

export interface GraphView {
  nodes: PlannedNode[];
  edges: PlannedEdge[];
}

/** Whether two edges connect the same nodes through the same output. */
export function sameEdge(left: PlannedEdge, right: PlannedEdge): boolean {
  return (
    left.source === right.source && left.target === right.target && (left.branch ?? null) === (right.branch ?? null)
  );
}
