/** All workflows, newest first, with live status. */
import { NetworkStatus } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { WorkflowsDocument } from '../__generated__/graphql.js';
import { Boundary } from '../design/boundary.js';
import { Button } from '../design/button.js';
import { oneBehind } from '../network/one-behind.js';
import { problemSentence } from '../network/use-action.js';
import { keepPlace, readPlace } from './list-place.js';
import { useLiveWorkflows } from './use-live-workflows.js';
import { WorkflowListItem } from './workflow-list-item.js';

const PAGE = 20;
/** The largest page that the server allows. */
const MAX_PAGE = 100;
/** Changes are pushed; this poll finds the ones that got lost. */
const REPAIR_POLL_MS = 30_000;

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

/** Restores the scroll position of this tab once the list is loaded, and remembers the next one. */
function useKeptPlace(rows: number, shown: boolean): void {
  const restored = useRef(false);
  // Either this or the browser may restore the position; only this waits until the list is loaded.
  useLayoutEffect(() => {
    window.history.scrollRestoration = 'manual';
    return () => {
      window.history.scrollRestoration = 'auto';
    };
  }, []);
  useLayoutEffect(() => {
    if (!shown || restored.current) return;
    restored.current = true;
    window.scrollTo(0, readPlace().top);
  }, [shown]);
  // Must stop together with the list: the next page is shorter and scrolls to its top by itself.
  useLayoutEffect(() => {
    if (!shown) return;
    const keep = () => keepPlace({ top: window.scrollY, rows });
    keep();
    window.addEventListener('scroll', keep, { passive: true });
    return () => window.removeEventListener('scroll', keep);
  }, [rows, shown]);
}

export function WorkflowList() {
  const [first] = useState(() => Math.min(MAX_PAGE, Math.max(PAGE, readPlace().rows)));
  const { data, error, refetch, fetchMore, networkStatus } = useQuery(WorkflowsDocument, {
    variables: { first },
    fetchPolicy: 'cache-and-network',
    notifyOnNetworkStatusChange: true,
    pollInterval: REPAIR_POLL_MS,
    skipPollAttempt: () => document.hidden,
    // Apollo would answer a new read with one already in flight, which may be outdated.
    context: { queryDeduplication: false },
  });
  const workflows = data?.workflows.nodes ?? [];
  useLiveWorkflows(
    workflows,
    useMemo(() => oneBehind(() => refetch()), [refetch]),
  );
  useKeptPlace(workflows.length, data !== undefined);

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
  if (workflows.length === 0) return <Note>Nothing here yet. What you start appears here.</Note>;
  const { hasNextPage, endCursor } = data.workflows.pageInfo;
  return (
    <>
      <ul className="divide-y divide-line">
        {workflows.map((workflow) => (
          <Boundary key={workflow.id} what="This workflow" from={workflow}>
            <WorkflowListItem workflow={workflow} />
          </Boundary>
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
