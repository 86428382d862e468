import { Link } from 'react-router';
import { type FragmentType, readFragment } from '../__generated__/fragment-masking.js';
import { WorkflowListItemFragmentDoc } from '../__generated__/graphql.js';
import { agentLooks } from '../agents/agent-looks.js';
import { RelativeTime } from '../design/relative-time.js';
import { StatusLine } from '../design/status.js';

function nodeCount(count: number): string {
  return count === 1 ? '1 step' : `${count} steps`;
}

export function WorkflowListItem({ workflow: masked }: { workflow: FragmentType<typeof WorkflowListItemFragmentDoc> }) {
  const workflow = readFragment(WorkflowListItemFragmentDoc, masked);
  return (
    <li data-testid="workflow-list-item" data-workflow-id={workflow.id} data-status={workflow.status}>
      <Link
        to={`/w/${workflow.id}`}
        className="-mx-4 grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-6 gap-y-1 rounded-xl px-4 py-3.5 transition-colors hover:bg-surface"
      >
        <span dir="auto" className="truncate font-medium text-[0.9375rem]">
          {workflow.title || 'Untitled'}
        </span>
        <span className="justify-self-end">
          <StatusLine status={workflow.status} runStatus={workflow.latestRun?.status ?? null} />
        </span>
        <span className="flex gap-2 truncate text-ink-faint text-xs">
          <span>{agentLooks(workflow.agent).word}</span>
          {agentLooks(workflow.agent).draws ? (
            <>
              <span aria-hidden="true">·</span>
              <span>{nodeCount(workflow.graph.nodes.length)}</span>
            </>
          ) : null}
        </span>
        <span className="text-right text-ink-faint text-xs">
          <RelativeTime at={workflow.updatedAt} />
        </span>
      </Link>
    </li>
  );
}
