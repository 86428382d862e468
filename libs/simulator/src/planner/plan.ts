/**
 * What the planner aims at: nodes, edges and changes, as data. Owns the shapes only.
 */
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

/** Where a path stands: the next node is connected from here. */
export interface Tail {
  source: string;
  branch?: string;
}

/** A graph that is aimed at, told as what has to change; nodes are in the order in which they should appear. */
export interface Plan {
  kind: 'build' | 'edit' | 'nothing';
  /** What was understood, in one sentence, for the reasoning and the final text. */
  understood: string;
  nodes: PlannedNode[];
  edges: PlannedEdge[];
  changes: NodeChange[];
  removals: string[];
  disconnects: PlannedEdge[];
  /** Things to say at the end: assumptions, what was not understood. */
  remarks: string[];
  /** What to look up in the catalogue first. */
  queries: string[];
}

export interface GraphView {
  nodes: PlannedNode[];
  edges: PlannedEdge[];
}

/** Whether two edges join the same nodes by the same output. */
export function sameEdge(left: PlannedEdge, right: PlannedEdge): boolean {
  return (
    left.source === right.source && left.target === right.target && (left.branch ?? null) === (right.branch ?? null)
  );
}
