import type { PinoLogger } from 'nestjs-pino';
import { describe, expect, it, vi } from 'vitest';
import { newId, type RunId } from '#libs/contracts';
import { FencedError } from '#libs/engine';
import type { RunDispatcher } from '#libs/jobs';
import type { IdempotencyPruning, StrandedRuns } from '#libs/persistence';
import type { RedisWorkflowStreamWriter } from '#libs/stream';
import { Reconciler } from './reconciler.js';

const workflowId = newId('workflow');

function reconcilerOf(runIds: RunId[], claimClosing: (runId: RunId) => Promise<unknown>) {
  const unclosedStreams = vi.fn(async () => runIds.map((runId) => ({ runId, workflowId })));
  const stranded = {
    runsWithoutHeartbeat: async () => [],
    overdueRuns: async () => [],
    unclosedStreams,
    claimClosing,
    markEndsTold: vi.fn(async () => undefined),
  };
  const prune = vi.fn(async () => undefined);
  const logger = { info: vi.fn(), warn: vi.fn() };
  const reconciler = new Reconciler(
    stranded as unknown as StrandedRuns,
    { prune } as unknown as IdempotencyPruning,
    { hasLiveJob: async () => false } as unknown as RunDispatcher,
    { openEnded: async () => undefined } as unknown as RedisWorkflowStreamWriter,
    logger as unknown as PinoLogger,
  );
  return { reconciler, stranded, prune, logger };
}

describe('a round of the reconciler', () => {
  it('goes on behind an end that cannot be told, and says which one it was', async () => {
    const [broken, overtaken, good] = [newId('run'), newId('run'), newId('run')];
    const failure = new Error('unreadable');
    const { reconciler, stranded, logger } = reconcilerOf([broken, overtaken, good], async (runId) => {
      if (runId === broken) throw failure;
      if (runId === overtaken) throw new FencedError('superseded');
      return { workflowId, epoch: 2, ends: [runId] };
    });
    await reconciler.reconcile();
    expect(stranded.markEndsTold.mock.calls).toEqual([[[good]]]);
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
});
