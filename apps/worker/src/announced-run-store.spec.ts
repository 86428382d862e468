import { describe, expect, it, vi } from 'vitest';
import { newId } from '#libs/contracts';
import type { ClaimedRun, RunClaim, RunEnd, RunStore } from '#libs/engine';
import { announcedRunStore } from './announced-run-store.js';

const claim = { runId: newId('run'), workflowId: newId('workflow'), ownerId: newId('user'), epoch: 1 } as RunClaim;
const end: RunEnd = { runId: claim.runId, epoch: claim.epoch, events: [] };
const change = [claim.ownerId, { workflowId: claim.workflowId, deleted: false }];

function announced(answers: Partial<RunStore>) {
  const announce = vi.fn();
  return { store: announcedRunStore(answers as RunStore, { announce }), announce };
}

describe('announcedRunStore', () => {
  it('tells of a run that was claimed, begins to complete, or has finished', async () => {
    const { store, announce } = announced({
      claimRun: async () => ({ kind: 'claimed', run: { claim } as ClaimedRun }),
      beginCompleting: async () => '2026-01-01T00:00:00.000Z',
      finishRun: async () => end,
    });
    await store.claimRun(claim.runId);
    await store.beginCompleting(claim);
    expect(await store.finishRun(claim, { status: 'CANCELED' }, null)).toBe(end);
    expect(announce.mock.calls).toEqual([change, change, change]);
  });

  it('tells nothing where nothing was changed or the commit failed', async () => {
    const { store, announce } = announced({
      claimRun: async () => ({ kind: 'nothing-to-do' }),
      finishRun: async () => null,
      suspendRun: async () => ({ kind: 'woken', waits: [] }),
      beginCompleting: () => Promise.reject(new Error('The store is away')),
    });
    await store.claimRun(claim.runId);
    await store.finishRun(claim, { status: 'CANCELED' }, null);
    await store.suspendRun(claim, [], { chunks: [], cursor: '1-0' as never });
    await expect(store.beginCompleting(claim)).rejects.toThrow('The store is away');
    expect(announce).not.toHaveBeenCalled();
  });

  it('leaves everything else as it is', async () => {
    const holds = vi.fn(async () => true);
    const { store, announce } = announced({ holds });
    expect(await store.holds(claim)).toBe(true);
    expect(holds).toHaveBeenCalledWith(claim);
    expect(announce).not.toHaveBeenCalled();
  });
});
