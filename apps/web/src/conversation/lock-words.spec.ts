import { describe, expect, it } from 'vitest';
import type { HookState, WorkflowState } from '#libs/client';
import { lockWords } from './lock-words.js';

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
    run: { id: 'run_1', status: runStatus, error: null },
    promptLock: { reason, message: 'As the server says it.' },
  };
}

describe('lockWords', () => {
  it('tells queued, working, waiting, paused and finishing apart', () => {
    const paused = locked('WAITING_FOR_HOOK', 'WAITING', 'WAITING', [{ status: 'RESOLVED' }]);
    const words = [
      lockWords(locked('GENERATING', 'GENERATING', 'QUEUED'), null, now),
      lockWords(locked('GENERATING', 'GENERATING', 'RUNNING'), null, now),
      lockWords(locked('WAITING_FOR_HOOK', 'WAITING', 'WAITING', [{ status: 'WAITING' }]), null, now),
      lockWords(paused, null, now),
      lockWords(paused, new Date(2026, 10, 28, 20, 19).getTime(), now),
      lockWords(paused, new Date(2026, 10, 30, 8, 5).getTime(), now),
      lockWords(locked('COMPLETING', 'COMPLETING', 'COMPLETING'), null, now),
      lockWords(locked('NO_PERMISSION', 'IDLE', 'SUCCEEDED'), null, now),
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
});
