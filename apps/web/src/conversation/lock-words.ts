/** Why no prompt can be sent now, as what it is. Owns the wording; what the page does not know better the server says. */
import type { WorkflowState } from '#libs/client';

export function isPaused({ status, hooks }: Pick<WorkflowState, 'status' | 'hooks'>): boolean {
  return status === 'WAITING' && !hooks.some((hook) => hook.status === 'WAITING');
}

function clockTime(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.toLocaleDateString('en', { weekday: 'short', day: 'numeric', month: 'short' })}, ${time}`;
}

/** @param wakeTime of a run that sleeps, in milliseconds since the epoch, where it is known */
export function lockWords(
  workflow: Pick<WorkflowState, 'status' | 'hooks' | 'run' | 'promptLock'>,
  wakeTime: number | null,
  now: number,
): string {
  const { promptLock, run } = workflow;
  switch (promptLock?.reason) {
    case 'GENERATING':
      if (run?.status === 'QUEUED') return 'Queued. It starts as soon as a worker is free.';
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
