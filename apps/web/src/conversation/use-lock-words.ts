/** Why no prompt can be sent now, with what has to be asked for to say it. */

import { useQuery } from '@apollo/client/react';
import type { WorkflowState } from '#libs/client';
import { graphql } from '../__generated__/gql.js';
import type { QueuePlaceQuery } from '../__generated__/graphql.js';
import { fieldsOf, numberIn } from '../fields.js';
import { isPaused, lockWords } from './lock-words.js';

export function useLockWords(workflow: WorkflowState): string {
  const { run } = workflow;
  const wakeTime = useWakeTime(run?.id ?? '', run !== null && isPaused(workflow));
  const queuePlace = useQueuePlace(run?.id ?? '', run?.status === 'QUEUED');
  return lockWords(workflow, { wakeTime, queuePlace }, Date.now());
}

const QueuePlaceDocument = graphql(`
  query QueuePlace($runId: ID!) {
    run(id: $runId) {
      id
      queuePlace {
        since
        runsBefore
        workersAlive
      }
    }
  }
`);

export type QueuePlace = NonNullable<NonNullable<QueuePlaceQuery['run']>['queuePlace']>;

/** No event tells that others have left the queue, so it is asked for. */
const askAgainMs = 3_000;

/** `null` while it is not known, or when the run does not wait in the queue. */
function useQueuePlace(runId: string, queued: boolean): QueuePlace | null {
  const { data } = useQuery(QueuePlaceDocument, {
    variables: { runId },
    skip: !queued,
    fetchPolicy: 'network-only',
    pollInterval: askAgainMs,
    skipPollAttempt: () => document.hidden,
  });
  return (queued && data?.run?.queuePlace) || null;
}

const SleepingStepsDocument = graphql(`
  query SleepingSteps($runId: ID!) {
    run(id: $runId) {
      id
      sleeping: steps(first: 20, status: [RUNNING]) {
        nodes {
          id
          kind
          input
          startedAt
        }
      }
    }
  }
`);

/** When a run that sleeps goes on, in milliseconds since the epoch; `null` while it is not known, or when nothing sleeps. */
function useWakeTime(runId: string, sleeps: boolean): number | null {
  const { data } = useQuery(SleepingStepsDocument, {
    variables: { runId },
    skip: !sleeps,
    fetchPolicy: 'network-only',
  });
  if (!sleeps) return null;
  const times = (data?.run?.sleeping.nodes ?? []).flatMap(({ kind, input, startedAt }) => {
    const milliseconds = numberIn(fieldsOf(input), 'milliseconds');
    return kind === 'SLEEP' && startedAt && milliseconds !== null ? [Date.parse(startedAt) + milliseconds] : [];
  });
  return times.length === 0 ? null : Math.min(...times);
}
