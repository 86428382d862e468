/** One finding of the linter, with its severity. */
import type { GraphIssueState } from '#libs/client';
import { quoted } from '../design/quoted.js';
import { issueLooks } from './issue-looks.js';

export function IssueLine({ issue }: { issue: GraphIssueState }) {
  const { Icon, colour, noun } = issueLooks[issue.severity];
  return (
    <span className="flex gap-2 text-left text-[0.8125rem] leading-snug">
      <Icon aria-label={noun} className={`mt-0.5 size-3.5 shrink-0 ${colour}`} />
      <span className="[overflow-wrap:anywhere]">{quoted(issue.message)}</span>
    </span>
  );
}
