/** Why no prompt can be sent now, with what has to be asked for to say it. */
import type { WorkflowState } from '#libs/client';
import { isPaused, lockWords } from './lock-words.js';
import { useQueuePlace } from './use-queue-place.js';
import { useWakeTime } from './use-wake-time.js';

export function useLockWords(workflow: WorkflowState): string {
  const { run } = workflow;
  const wakeTime = useWakeTime(run?.id ?? '', run !== null && isPaused(workflow));
  const queuePlace = useQueuePlace(run?.id ?? '', run?.status === 'QUEUED');
  return lockWords(workflow, { wakeTime, queuePlace }, Date.now());
}
