/**
 * All codes of the linter. Severity belongs to the code, so this table is the whole policy:
 *
 * - ERROR: the workflow cannot run as drawn; a run of the builder must not succeed with it.
 * - WARNING: it runs, but probably not as intended.
 * - INFO: worth knowing, often intended.
 */

export const ISSUE_SEVERITIES = ['ERROR', 'WARNING', 'INFO'] as const;
export type IssueSeverity = (typeof ISSUE_SEVERITIES)[number];

export interface IssueCodeEntry {
  readonly severity: IssueSeverity;
  readonly summary: string;
}

const error = (summary: string): IssueCodeEntry => ({ severity: 'ERROR', summary });
const warning = (summary: string): IssueCodeEntry => ({ severity: 'WARNING', summary });
const info = (summary: string): IssueCodeEntry => ({ severity: 'INFO', summary });

export const GRAPH_ISSUE_CODES = {
  EMPTY_GRAPH: error('The workflow has no nodes.'),
  NO_TRIGGER: error('Nothing starts the workflow.'),
  MULTIPLE_TRIGGERS: error('More than one trigger; exactly one is allowed.'),
  TRIGGER_WITH_INPUT: error('An edge leads into a trigger or an error handler, which start paths of their own.'),
  LEADS_NOWHERE: error('A trigger or an error handler is followed by nothing.'),
  DUPLICATE_ID: error('Two nodes, or two edges, share one id.'),
  DANGLING_EDGE: error('An edge starts or ends at a node that does not exist.'),
  SELF_EDGE: error('An edge leads from a node to itself.'),
  DUPLICATE_EDGE: warning('Two edges join the same branch with the same node.'),
  EDGE_FROM_TERMINAL: error('An edge leaves a node that ends the workflow.'),
  UNKNOWN_BRANCH: error('An edge leaves by a branch that its node does not have.'),
  UNCONNECTED_BRANCH: error('A branch that has to lead somewhere has no edge.'),
  BRANCH_ENDS: info('A branch has no edge, so the path ends there; often intended, as for the other side of an "if".'),
  AMBIGUOUS_BRANCH: error('Two cases of a switch have the same name, or a case has a reserved name.'),
  UNREACHABLE_NODE: error('No path leads from the trigger or an error handler to a node.'),
  CYCLE_OUTSIDE_LOOP: error('Nodes lead back to themselves without a "for each" between them.'),
  MERGE_WITHOUT_PATHS: warning('A merge has fewer than two incoming edges.'),
  NOTHING_TO_ANSWER: error('An answer is sent, but the trigger has no caller that could receive it.'),
  UNKNOWN_NODE_TYPE: error('The type of a node is not in the catalogue.'),
  MISSING_PARAMETER: error('A parameter that must be given is missing or empty.'),
  WRONG_PARAMETER_TYPE: error('The value of a parameter has the wrong type or form.'),
  UNKNOWN_PARAMETER: warning('A parameter is not one that the type of the node knows.'),
  INVALID_EXPRESSION: error('An expression does not parse or uses something that is not available.'),
  UNKNOWN_REFERENCE: error('An expression or a list of nodes refers to something that does not exist here.'),
  REFERENCE_NOT_BEFORE: error('An expression refers to a node that does not come before it.'),
  SETTING_NEEDED: info('A person has to fill in a setting before the workflow can run.'),
  UNRESOLVED_PLACEHOLDER: error('A value is still a placeholder.'),
  POSSIBLE_PLACEHOLDER: warning('A sentence holds what reads like a placeholder.'),
  EXAMPLE_ADDRESS: warning('A value points at an example domain.'),
  SECRET_IN_PARAMETER: error('A secret is written into the graph.'),
} as const satisfies Record<string, IssueCodeEntry>;

export type GraphIssueCode = keyof typeof GRAPH_ISSUE_CODES;

/** Position of a code in the table, for ordering. */
export const issueCodeOrder: ReadonlyMap<GraphIssueCode, number> = new Map(
  (Object.keys(GRAPH_ISSUE_CODES) as GraphIssueCode[]).map((code, rank) => [code, rank]),
);
