/** Why no prompt can be sent now. The server's reason is used where the page knows nothing more specific. */
import type { WorkflowState } from '#libs/client';
import type { QueuePlaceQuery } from '../__generated__/graphql.js';

export type QueuePlace = NonNullable<NonNullable<QueuePlaceQuery['run']>['queuePlace']>;

export function isPaused({ status, hooks }: Pick<WorkflowState, 'status' | 'hooks'>): boolean {
  return status === 'WAITING' && !hooks.some((hook) => hook.status === 'WAITING');
}

function clockTime(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.toLocaleDateString('en', { weekday: 'short', day: 'numeric', month: 'short' })}, ${time}`;
}

/** The server does not count further. */
const MOST_COUNTED = 10_000;

function queueWords(place: QueuePlace | null, now: number): string {
  if (!place) return 'Queued. It starts as soon as a worker is free.';
  const queued = `Queued since ${clockTime(Date.parse(place.since), now)}.`;
  const { runsBefore, workersAlive } = place;
  if (workersAlive === null) return `${queued} The server can’t reach its queue; it starts once that is back.`;
  if (workersAlive === 0) return `${queued} No worker is running; it starts as soon as one is.`;
  if (runsBefore === 0) return `${queued} It’s next, as soon as a worker is free.`;
  if (runsBefore === 1) return `${queued} One run is ahead of it.`;
  const count = runsBefore.toLocaleString('en');
  return `${queued} ${runsBefore < MOST_COUNTED ? count : `At least ${count}`} runs are ahead of it.`;
}

interface Waiting {
  /** Wake-up time of a sleeping run, in milliseconds since the epoch, if known. */
  wakeTime: number | null;
  /** Queue position of a queued run, if known. */
  queuePlace: QueuePlace | null;
}

export function lockWords(
  workflow: Pick<WorkflowState, 'status' | 'hooks' | 'run' | 'promptLock'>,
  { wakeTime, queuePlace }: Waiting,
  now: number,
): string {
  const { promptLock, run } = workflow;
  switch (promptLock?.reason) {
    case 'GENERATING':
      if (run?.status === 'QUEUED') return queueWords(queuePlace, now);
      return 'Still working. Send your next prompt when it’s done, or stop it now.';
    case 'WAITING_FOR_HOOK':
      if (!isPaused(workflow)) return 'Waiting for your answer above.';
      if (wakeTime === null || wakeTime <= now) return 'Paused; continues on its own.';
      return `Paused until ${clockTime(wakeTime, now)}; continues on its own.`;
    case 'COMPLETING':
      return 'Finishing: the result is being checked and saved.';
    default:
      return promptLock?.message ?? '';
  }
}
