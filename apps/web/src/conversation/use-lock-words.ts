/** Why no prompt can be sent now, including the details that must be queried. */

import { useQuery } from '@apollo/client/react';
import type { WorkflowState } from '#libs/client';
import { QueuePlaceDocument, WakeTimeDocument } from '../__generated__/graphql.js';
import { isPaused, lockWords, type QueuePlace } from './lock-words.js';

export function useLockWords(workflow: WorkflowState): string {
  const { run } = workflow;
  const wakeTime = useWakeTime(run?.id ?? '', run !== null && isPaused(workflow));
  const queuePlace = useQueuePlace(run?.id ?? '', run?.status === 'QUEUED');
  return lockWords(workflow, { wakeTime, queuePlace }, Date.now());
}

/** No event reports changes of the queue, so it is polled. */
const askAgainMs = 3_000;

/** `null` while unknown, or when the run is not queued. */
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

/** When a sleeping run continues, in milliseconds since the epoch; `null` while unknown, or when nothing sleeps. */
function useWakeTime(runId: string, sleeps: boolean): number | null {
  const { data } = useQuery(WakeTimeDocument, { variables: { runId }, skip: !sleeps, fetchPolicy: 'network-only' });
  const wakeAt = data?.run?.wakeAt;
  return sleeps && wakeAt ? Date.parse(wakeAt) : null;
}
