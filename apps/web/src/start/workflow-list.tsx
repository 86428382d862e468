/** All workflows, newest first, with their status as it changes. */
import { NetworkStatus } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { type ReactNode, useEffect } from 'react';
import { graphql } from '../__generated__/gql.js';
import { Button } from '../design/button.js';
import { isBusy } from '../design/status.js';
import { problemSentence } from '../network/problem-sentence.js';
import { WorkflowListItem } from './workflow-list-item.js';

const WorkflowsDocument = graphql(`
  query Workflows($first: Int!, $after: String) {
    workflows(first: $first, after: $after) {
      nodes {
        id
        status
        ...WorkflowListItem
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const PAGE = 20;
/** While something is being built the list follows closely, otherwise it only notices what others start. */
const BUSY_POLL_MS = 3_000;
const CALM_POLL_MS = 5_000;

function Skeleton() {
  return (
    <ul aria-busy="true" aria-label="Loading workflows">
      {['w-3/5', 'w-2/5', 'w-1/2'].map((width) => (
        <li key={width} className="space-y-2 py-4">
          <div className={`skeleton h-4 ${width}`} />
          <div className="skeleton h-3 w-32" />
        </li>
      ))}
    </ul>
  );
}

function Note({ children }: { children: ReactNode }) {
  return (
    <div className="rounded-xl border border-line border-dashed px-6 py-8 text-center text-ink-soft text-sm">
      {children}
    </div>
  );
}

export function WorkflowList() {
  const { data, error, refetch, fetchMore, networkStatus, startPolling } = useQuery(WorkflowsDocument, {
    variables: { first: PAGE },
    fetchPolicy: 'cache-and-network',
    notifyOnNetworkStatusChange: true,
    skipPollAttempt: () => document.hidden,
  });
  const workflows = data?.workflows.nodes ?? [];
  const busy = workflows.some((workflow) => isBusy(workflow.status));
  useEffect(() => startPolling(busy ? BUSY_POLL_MS : CALM_POLL_MS), [busy, startPolling]);

  if (!data && error) {
    return (
      <Note>
        <p className="mb-3" role="alert">
          {problemSentence(error)}
        </p>
        <Button onClick={() => void refetch()} pending={networkStatus === NetworkStatus.refetch}>
          Try again
        </Button>
      </Note>
    );
  }
  if (!data) return <Skeleton />;
  if (workflows.length === 0)
    return <Note>Nothing here yet. Your first workflow appears as soon as you describe it.</Note>;
  const { hasNextPage, endCursor } = data.workflows.pageInfo;
  return (
    <>
      <ul className="divide-y divide-line">
        {workflows.map((workflow) => (
          <WorkflowListItem key={workflow.id} workflow={workflow} />
        ))}
      </ul>
      {hasNextPage ? (
        <div className="pt-4 text-center">
          <Button
            pending={networkStatus === NetworkStatus.fetchMore}
            onClick={() => void fetchMore({ variables: { first: PAGE, after: endCursor } })}
          >
            Load more
          </Button>
        </div>
      ) : null}
    </>
  );
}
