import type { PinoLogger } from 'nestjs-pino';
import { describe, expect, it, vi } from 'vitest';
import { newId, type RunId } from '#libs/contracts';
import type { EffectPerformer } from '#libs/effects';
import { FencedError } from '#libs/engine';
import type { RunDispatcher } from '#libs/jobs';
import type { HeldRuns, IdempotencyPruning, Retention, StrandedRuns, WorkerLeases } from '#libs/persistence';
import type { WorkerEnvironment } from './environment.js';
import type { WorkerLiveness } from './liveness/worker-liveness.js';
import { Reconciler } from './reconciler.js';
import type { RunProcessor } from './run.processor.js';

const workflowId = newId('workflow');

function reconcilerOf(
  runIds: RunId[],
  claimClosing: (runId: RunId) => Promise<unknown>,
  kept: WorkerEnvironment['retention'] = { historyDays: null, revisionsDays: null },
) {
  const unclosedStreams = vi.fn(async () => runIds.map((runId) => ({ runId, workflowId, attempts: 1 })));
  const stranded = {
    runsWithoutHeartbeat: async () => [],
    overdueRuns: async () => [],
    unclosedStreams,
    claimClosing,
  };
  const prune = vi.fn(async () => undefined);
  const retention = { expireHistory: vi.fn(async () => 0), expireRevisions: vi.fn(async () => 0) };
  const perform = vi.fn(async () => undefined);
  const logger = { info: vi.fn(), warn: vi.fn() };
  const reconciler = new Reconciler(
    stranded as unknown as StrandedRuns,
    { prune } as unknown as IdempotencyPruning,
    retention as unknown as Retention,
    { hasJobInHand: async () => false } as unknown as RunDispatcher,
    { perform } as unknown as EffectPerformer,
    { ofGoneWorkers: async () => [] } as unknown as HeldRuns,
    { endOverdue: async () => undefined } as unknown as WorkerLeases,
    { worker: newId('worker') } as WorkerLiveness,
    { releaseStrays: async () => undefined } as RunProcessor,
    logger as unknown as PinoLogger,
    { retention: kept } as WorkerEnvironment,
  );
  return { reconciler, stranded, perform, prune, retention, logger };
}

describe('a round of the reconciler', () => {
  it('goes on behind an end that cannot be published, and says which one it was', async () => {
    const [broken, overtaken, good] = [newId('run'), newId('run'), newId('run')];
    const failure = new Error('unreadable');
    const { reconciler, perform, logger } = reconcilerOf([broken, overtaken, good], async (runId) => {
      if (runId === broken) throw failure;
      if (runId === overtaken) throw new FencedError('superseded');
      return { workflowId, epoch: 2, ends: [runId] };
    });
    await reconciler.reconcile();
    expect(perform.mock.calls).toEqual([[{ workflowId, epoch: 2, ends: [good] }]]);
    expect(logger.warn.mock.calls).toEqual([[{ err: failure, runId: broken }, expect.any(String)]]);
  });

  it('that fails is followed by the pruning all the same', async () => {
    const { reconciler, stranded, prune, logger } = reconcilerOf([], async () => null);
    stranded.unclosedStreams.mockRejectedValue(new Error('away'));
    reconciler.onApplicationBootstrap();
    await vi.waitUntil(() => prune.mock.calls.length > 0);
    await reconciler.beforeApplicationShutdown();
    expect(logger.warn).toHaveBeenCalledOnce();
  });

  it('removes nothing that has no setting, and otherwise what the setting says, at once and then once a minute', async () => {
    const kept = reconcilerOf([], async () => null);
    const { reconciler, retention, prune } = reconcilerOf([], async () => null, {
      historyDays: 30,
      revisionsDays: 7,
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    for (const each of [kept.reconciler, reconciler]) each.onApplicationBootstrap();
    await vi.waitUntil(() => retention.expireRevisions.mock.calls.length > 0 && kept.prune.mock.calls.length > 0);
    vi.useRealTimers();
    await Promise.all([kept.reconciler.beforeApplicationShutdown(), reconciler.beforeApplicationShutdown()]);
    expect(retention.expireHistory.mock.calls).toEqual([[30]]);
    expect(retention.expireRevisions.mock.calls).toEqual([[7]]);
    expect(prune).toHaveBeenCalled();
    expect(kept.retention.expireHistory).not.toHaveBeenCalled();
    expect(kept.retention.expireRevisions).not.toHaveBeenCalled();
  });
});
