/** When a run that sleeps goes on by itself. */
import { useQuery } from '@apollo/client/react';
import { graphql } from '../__generated__/gql.js';
import { fieldsOf, numberIn } from '../fields.js';

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

/** In milliseconds since the epoch; `null` while it is not known, or when nothing sleeps. */
export function useWakeTime(runId: string, sleeps: boolean): number | null {
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
