/**
 * Runs all rules on one graph and orders the findings. Deterministic; never changes the graph and never throws on a graph
 * that fits the schema.
 */

import { Template } from '../expressions/parse-template.js';
import type { WorkflowGraph } from '../graph-schema.js';
import { type GraphIssue, graphIssue, type LintContext, type LintRule } from './graph-issue.js';
import { analyseGraph } from './graph-structure.js';
import { GRAPH_ISSUE_CODES, type GraphIssueCode, ISSUE_SEVERITIES, issueCodeOrder } from './issue-codes.js';
import { textsOf } from './parameter-strings.js';
import { checkAnswers } from './rules/answers.js';
import { checkBranches } from './rules/branches.js';
import { checkEdges } from './rules/edges.js';
import { checkEntries } from './rules/entries.js';
import { checkExpressions } from './rules/expressions.js';
import { checkFlow } from './rules/flow.js';
import { checkIds } from './rules/ids.js';
import { checkParameters } from './rules/parameters.js';
import { checkPlaceholders } from './rules/placeholders.js';
import { checkSecrets } from './rules/secrets.js';
import { checkSwitchCases } from './rules/switch-cases.js';

const RULES: readonly LintRule[] = [
  checkEntries,
  checkIds,
  checkEdges,
  checkBranches,
  checkSwitchCases,
  checkFlow,
  checkAnswers,
  checkParameters,
  checkExpressions,
  checkPlaceholders,
  checkSecrets,
];

/** Further findings are cut; errors come first, so that a cut never hides that there are some. */
export const MAX_ISSUES = 200;

/** Limit per severity before sorting, so that a graph full of mistakes costs no more than others. */
const MAX_GATHERED = 10 * MAX_ISSUES;

/**
 * All findings of a graph, at most `MAX_ISSUES`. Order: errors, warnings, infos; then the whole graph before single nodes
 * and edges, in the graph's own order; then the order of the code table; then the place inside the node.
 */
export function lintGraph(graph: WorkflowGraph): GraphIssue[] {
  const gathered = new Map(ISSUE_SEVERITIES.map((severity) => [severity, [] as GraphIssue[]]));
  const context: LintContext = {
    graph,
    structure: analyseGraph(graph),
    textsOf: remembered(textsOf),
    template: remembered((text: string) => new Template(text)),
    report: (code, message, place) => {
      const alike = gathered.get(GRAPH_ISSUE_CODES[code].severity);
      if (alike && alike.length < MAX_GATHERED) alike.push(graphIssue(code, message, place));
    },
  };
  for (const rule of RULES) rule(context);
  return inOrder(graph, [...gathered.values()].flat()).slice(0, MAX_ISSUES);
}

function remembered<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

/** Whether any finding is an error; a run of the builder must not succeed with one. */
export function hasErrors(issues: readonly Pick<GraphIssue, 'severity'>[]): boolean {
  return issues.some((issue) => issue.severity === 'ERROR');
}

function inOrder(graph: WorkflowGraph, issues: readonly GraphIssue[]): GraphIssue[] {
  const places = new Map<string, number>();
  for (const node of graph.nodes) if (!places.has(`node ${node.id}`)) places.set(`node ${node.id}`, places.size);
  for (const edge of graph.edges) if (!places.has(`edge ${edge.id}`)) places.set(`edge ${edge.id}`, places.size);
  const placeOf = (issue: GraphIssue): number => {
    if (issue.nodeId !== undefined) return places.get(`node ${issue.nodeId}`) ?? -1;
    return issue.edgeId !== undefined ? (places.get(`edge ${issue.edgeId}`) ?? -1) : -1;
  };
  const rankOf = (code: GraphIssueCode): number => issueCodeOrder.get(code) ?? 0;
  return issues.toSorted(
    (left, right) =>
      ISSUE_SEVERITIES.indexOf(left.severity) - ISSUE_SEVERITIES.indexOf(right.severity) ||
      placeOf(left) - placeOf(right) ||
      rankOf(left.code) - rankOf(right.code) ||
      compareText(left.path ?? '', right.path ?? '') ||
      compareText(left.message, right.message),
  );
}

// Not localeCompare: the order must not depend on the system's locale.
function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
