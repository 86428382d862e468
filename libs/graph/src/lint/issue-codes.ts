/**
 * All codes of the linter. Severity belongs to the code, so this table is the whole policy:
 *
 * - ERROR: the workflow cannot run as drawn; a run of the builder must not succeed with it.
 * - WARNING: it runs, but probably not as intended.
 * - INFO: worth knowing, often intended.
 */
import codes from './issue-codes.json' with { type: 'json' };

export const ISSUE_SEVERITIES = ['ERROR', 'WARNING', 'INFO'] as const;
export type IssueSeverity = (typeof ISSUE_SEVERITIES)[number];

export interface IssueCodeEntry {
  readonly severity: IssueSeverity;
  readonly summary: string;
}

export type GraphIssueCode = keyof typeof codes;

export const GRAPH_ISSUE_CODES = codes as Readonly<Record<GraphIssueCode, IssueCodeEntry>>;

/** Position of a code in the table, for ordering. */
export const issueCodeOrder: ReadonlyMap<GraphIssueCode, number> = new Map(
  (Object.keys(GRAPH_ISSUE_CODES) as GraphIssueCode[]).map((code, rank) => [code, rank]),
);
