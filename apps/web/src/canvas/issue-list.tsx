/** All findings of the linter, behind one button. Each links to its node. */
import { ChevronDown, CircleCheck } from 'lucide-react';
import { useState } from 'react';
import type { GraphIssueState, GraphState } from '#libs/client';
import { countedIssues, gravest, IssueLine, issueLooks } from './issue-looks.js';

interface IssueListProps {
  graph: GraphState;
  /** While a graph is being built, missing parts are not findings yet. */
  building: boolean;
  onPick: (nodeId: string) => void;
}

function nodeOf(issue: GraphIssueState, graph: GraphState): string | null {
  return issue.nodeId ?? graph.edges.find((edge) => edge.id === issue.edgeId)?.source ?? null;
}

export function IssueList({ graph, building, onPick }: IssueListProps) {
  const [open, setOpen] = useState(false);
  const severity = gravest(graph.issues);
  if (graph.nodes.length === 0) return null;
  if (!severity) {
    return building ? null : (
      <p className="flex h-8 items-center gap-1.5 rounded-lg border border-line bg-raised px-3 text-[0.8125rem] text-ink-soft shadow-card">
        <CircleCheck aria-hidden className="size-3.5 text-good" />
        No problems found
      </p>
    );
  }
  const { Icon, colour } = issueLooks[severity];
  return (
    <div data-testid="issues" className="w-80 max-w-full">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex h-8 items-center gap-1.5 rounded-lg border border-line bg-raised px-3 font-medium text-[0.8125rem] shadow-card hover:border-line-strong"
      >
        <Icon aria-hidden className={`size-3.5 ${building ? 'text-ink-faint' : colour}`} />
        {countedIssues(graph.issues)}
        {building ? <span className="font-normal text-ink-faint">so far</span> : null}
        <ChevronDown
          aria-hidden
          className={`size-3.5 text-ink-faint transition-transform ${open ? 'rotate-180' : ''}`}
        />
      </button>
      {open ? (
        <ul className="mt-2 max-h-72 overflow-y-auto rounded-xl border border-line bg-raised p-1.5 shadow-lifted">
          {graph.issues.map((issue) => {
            const nodeId = nodeOf(issue, graph);
            return (
              <li key={`${issue.code} ${issue.nodeId} ${issue.edgeId} ${issue.path} ${issue.message}`}>
                <button
                  type="button"
                  disabled={nodeId === null}
                  onClick={() => nodeId !== null && onPick(nodeId)}
                  className="w-full rounded-lg px-2.5 py-2 enabled:hover:bg-sunken"
                >
                  <IssueLine issue={issue} />
                </button>
              </li>
            );
          })}
        </ul>
      ) : null}
    </div>
  );
}
