import { describe, expect, it } from 'vitest';
import type { HookState, WorkflowState } from '#libs/client';
import { lockWords } from './lock-words.js';

const nothing = { wakeTime: null, queuePlace: null };
const now = new Date(2026, 10, 28, 19, 0).getTime();

function locked(
  reason: NonNullable<WorkflowState['promptLock']>['reason'],
  status: WorkflowState['status'],
  runStatus: NonNullable<WorkflowState['run']>['status'],
  hooks: Partial<HookState>[] = [],
) {
  return {
    status,
    hooks: hooks as HookState[],
    run: { id: 'run_1', status: runStatus, error: null, historyExpiredAt: null },
    promptLock: { reason, message: 'As the server says it.' },
  };
}

describe('lockWords', () => {
  it('tells queued, working, waiting, paused and finishing apart', () => {
    const paused = locked('WAITING_FOR_HOOK', 'WAITING', 'WAITING', [{ status: 'RESOLVED' }]);
    const words = [
      lockWords(locked('GENERATING', 'GENERATING', 'QUEUED'), nothing, now),
      lockWords(locked('GENERATING', 'GENERATING', 'RUNNING'), nothing, now),
      lockWords(locked('WAITING_FOR_HOOK', 'WAITING', 'WAITING', [{ status: 'WAITING' }]), nothing, now),
      lockWords(paused, nothing, now),
      lockWords(paused, { ...nothing, wakeTime: new Date(2026, 10, 28, 20, 19).getTime() }, now),
      lockWords(paused, { ...nothing, wakeTime: new Date(2026, 10, 30, 8, 5).getTime() }, now),
      lockWords(locked('COMPLETING', 'COMPLETING', 'COMPLETING'), nothing, now),
      lockWords(locked('NO_PERMISSION', 'IDLE', 'SUCCEEDED'), nothing, now),
    ];
    expect(words).toEqual([
      'Queued. It starts as soon as a worker is free.',
      'Still working. Send your next prompt when it’s done, or stop it now.',
      'Waiting for your answer above.',
      'Paused; continues on its own.',
      'Paused until 20:19; continues on its own.',
      'Paused until Mon, Nov 30, 08:05; continues on its own.',
      'Finishing: the result is being checked and saved.',
      'As the server says it.',
    ]);
  });

  it('says since when a run is queued, and what it waits for', () => {
    const queued = locked('GENERATING', 'GENERATING', 'QUEUED');
    const since = new Date(2026, 10, 28, 18, 59).toISOString();
    const words = (runsBefore: number, workersAlive: number | null) =>
      lockWords(queued, { wakeTime: null, queuePlace: { since, runsBefore, workersAlive } }, now);
    expect([words(0, 2), words(1, 2), words(1200, 2), words(10_000, 2), words(3, 0), words(3, null)]).toEqual([
      'Queued since 18:59. It’s next, as soon as a worker is free.',
      'Queued since 18:59. One run is ahead of it.',
      'Queued since 18:59. 1,200 runs are ahead of it.',
      'Queued since 18:59. At least 10,000 runs are ahead of it.',
      'Queued since 18:59. No worker is running; it starts as soon as one is.',
      'Queued since 18:59. The server can’t reach its queue; it starts once that is back.',
    ]);
  });
});
