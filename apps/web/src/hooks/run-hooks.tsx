/**
 * Where a run waits or has waited for people: a form for the open ones, a line for those that are over. Owns when they
 * are read again; that a hook changed is seen by the status that changes with it.
 */
import { useQuery } from '@apollo/client/react';
import { useEffect } from 'react';
import type { WorkflowSession, WorkflowState } from '#libs/client';
import { graphql } from '../__generated__/gql.js';
import { HookCard } from './hook-card.js';

const RunHooksDocument = graphql(`
  query RunHooks($runId: ID!) {
    run(id: $runId) {
      id
      hooks {
        id
        ...HookCard
      }
    }
  }
`);

/** Somebody else may answer, or the time may run out, while this page sees no event. */
const WAITING_POLL_MS = 3_000;

export function RunHooks({ workflow, session }: { workflow: WorkflowState; session: WorkflowSession }) {
  const runId = workflow.run?.id ?? null;
  const runStatus = workflow.run?.status;
  const waiting = workflow.status === 'WAITING';
  const { data, refetch } = useQuery(RunHooksDocument, {
    variables: { runId: runId ?? '' },
    skip: runId === null,
    fetchPolicy: 'cache-and-network',
    pollInterval: waiting ? WAITING_POLL_MS : 0,
    skipPollAttempt: () => document.hidden,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: a status that changed is the reason to read again.
  useEffect(() => {
    if (runId !== null) void refetch().catch(() => undefined);
  }, [runId, workflow.status, runStatus, refetch]);

  const hooks = data?.run?.hooks ?? [];
  if (hooks.length === 0) return null;
  return (
    <div className="flex flex-col gap-3">
      {hooks.map((hook) => (
        <HookCard
          key={hook.id}
          hook={hook}
          onAnswered={() => {
            void refetch();
            session.refresh();
          }}
        />
      ))}
    </div>
  );
}
