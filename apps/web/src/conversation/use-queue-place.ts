/** Where a queued run stands. */
import { useQuery } from '@apollo/client/react';
import { graphql } from '../__generated__/gql.js';
import type { QueuePlaceQuery } from '../__generated__/graphql.js';

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
export function useQueuePlace(runId: string, queued: boolean): QueuePlace | null {
  const { data } = useQuery(QueuePlaceDocument, {
    variables: { runId },
    skip: !queued,
    fetchPolicy: 'network-only',
    pollInterval: askAgainMs,
    skipPollAttempt: () => document.hidden,
  });
  return (queued && data?.run?.queuePlace) || null;
}
