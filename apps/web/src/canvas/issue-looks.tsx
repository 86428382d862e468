/** Labels and colours of findings, by severity. */
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { GraphIssueState } from '#libs/client';
import { ISSUE_SEVERITIES } from '#libs/graph';
import { quoted } from '../design/quoted.js';

type Severity = GraphIssueState['severity'];

export const issueLooks = {
  ERROR: { Icon: CircleAlert, colour: 'text-bad', badge: 'bg-bad-soft text-bad', noun: 'problem' },
  WARNING: { Icon: TriangleAlert, colour: 'text-warn', badge: 'bg-warn-soft text-warn', noun: 'warning' },
  INFO: { Icon: Info, colour: 'text-ink-faint', badge: 'bg-sunken text-ink-soft', noun: 'note' },
} as const satisfies Record<Severity, unknown>;

export function isSeverity(text: unknown): text is Severity {
  return typeof text === 'string' && Object.hasOwn(issueLooks, text);
}

/** The highest severity among findings; `null` when there are none. */
export function gravest(issues: readonly GraphIssueState[]): Severity | null {
  return ISSUE_SEVERITIES.find((severity) => issues.some((issue) => issue.severity === severity)) ?? null;
}

/** "1 problem, 2 notes", highest severity first. */
export function countedIssues(issues: readonly Pick<GraphIssueState, 'severity'>[]): string {
  return ISSUE_SEVERITIES.map((severity) => ({
    severity,
    count: issues.filter((issue) => issue.severity === severity).length,
  }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${issueLooks[severity].noun}${count === 1 ? '' : 's'}`)
    .join(', ');
}

export function IssueLine({ issue }: { issue: GraphIssueState }) {
  const { Icon, colour, noun } = issueLooks[issue.severity];
  return (
    <span className="flex gap-2 text-left text-[0.8125rem] leading-snug">
      <Icon aria-label={noun} className={`mt-0.5 size-3.5 shrink-0 ${colour}`} />
      <span className="[overflow-wrap:anywhere]">{quoted(issue.message)}</span>
    </span>
  );
}
