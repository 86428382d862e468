/** The type of a finding, and how rules report findings. */

import type { Template } from '../expressions/parse-template.js';
import type { GraphNode, WorkflowGraph } from '../graph-schema.js';
import type { GraphStructure } from './graph-structure.js';
import { GRAPH_ISSUE_CODES, type GraphIssueCode, type IssueSeverity } from './issue-codes.js';
import type { PlacedText } from './parameter-strings.js';

export interface GraphIssue {
  code: GraphIssueCode;
  severity: IssueSeverity;
  /** Sentences that a person can act on. */
  message: string;
  nodeId?: string;
  edgeId?: string;
  /** Place inside the node, such as `parameters.cases[0].when` or `label`. */
  path?: string;
}

export interface IssuePlace {
  readonly nodeId?: string;
  readonly edgeId?: string;
  readonly path?: string;
}

/** What a rule sees and where it reports findings. Rules never change the graph. */
export interface LintContext {
  readonly graph: WorkflowGraph;
  readonly structure: GraphStructure;
  /** Every text in a node's parameters. */
  textsOf(node: GraphNode): readonly PlacedText[];
  /** A text, scanned and parsed once and shared by all rules. */
  template(text: string): Template;
  report(code: GraphIssueCode, message: string, place?: IssuePlace): void;
}

export type LintRule = (context: LintContext) => void;

export function graphIssue(code: GraphIssueCode, message: string, place: IssuePlace = {}): GraphIssue {
  return { code, severity: GRAPH_ISSUE_CODES[code].severity, message, ...place };
}

/** How messages name a node: by its label, or by its id where only that is unambiguous. */
export function nameOf(node: Pick<GraphNode, 'id' | 'label'>): string {
  return node.label.trim() === '' ? `Node ${node.id}` : `"${node.label}"`;
}

/** A path without the prefix that all paths of parameters share. */
export function shortPath(path: string): string {
  return path.replace(/^parameters\./, '');
}

/** `a`, `a and b`, `a, b and c`; long lists are cut with a count. */
export function listOf(words: readonly string[], most = 12): string {
  const shown = words.length > most ? [...words.slice(0, most), `${words.length - most} more`] : [...words];
  const last = shown.pop();
  if (last === undefined) return 'none';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
