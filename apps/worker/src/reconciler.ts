/**
 * Finds and repairs what fell through: runs whose worker has gone, runs without a live job, waits that are overdue,
 * terminal events that were not published. Also deletes expired data. Every worker runs it, at any time, because Postgres
 * decides each repair.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { EffectPerformer } from '#libs/effects';
import { FencedError, timings } from '#libs/engine';
import { RepeatedErrors, RunDispatcher } from '#libs/jobs';
import {
  HeldRuns,
  IdempotencyPruning,
  Retention,
  type StrandedRun,
  StrandedRuns,
  WorkerLeases,
} from '#libs/persistence';
import { WORKER_ENVIRONMENT, type WorkerEnvironment } from './environment.js';
import { WorkerLiveness } from './liveness/worker-liveness.js';
import { RunProcessor } from './run.processor.js';

@Injectable()
export class Reconciler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopped = new AbortController();
  private readonly errors = new RepeatedErrors();
  private loop: Promise<void> = Promise.resolve();
  /** On this process's monotonic clock, in milliseconds. */
  private expireAt = 0;

  constructor(
    private readonly stranded: StrandedRuns,
    private readonly idempotency: IdempotencyPruning,
    private readonly retention: Retention,
    private readonly dispatcher: RunDispatcher,
    private readonly effects: EffectPerformer,
    private readonly held: HeldRuns,
    private readonly leases: WorkerLeases,
    private readonly liveness: WorkerLiveness,
    private readonly processor: RunProcessor,
    private readonly logger: PinoLogger,
    @Inject(WORKER_ENVIRONMENT) private readonly environment: WorkerEnvironment,
  ) {}

  onApplicationBootstrap(): void {
    this.liveness.onPeerDied = () => {
      this.takeOver().catch(this.note('taking over failed; the next round will retry'));
    };
    this.loop = this.repeat();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped.abort();
    // A repair that waits for Redis is abandoned: any worker can do it again.
    await Promise.race([this.loop, delay(timings.shutdownMs)]);
  }

  /** One round of repairs. Rejects when Postgres or Redis cannot be reached; the next round tries again. */
  async reconcile(): Promise<void> {
    await this.leases.endOverdue(this.liveness.worker);
    await this.takeOver();
    await this.processor.releaseStrays();
    for (const run of await this.stranded.runsWithoutHeartbeat(timings.reconcileGraceMs)) {
      if (this.stopped.signal.aborted) return;
      await this.deliverIfStranded(run);
    }
    for (const run of await this.stranded.overdueRuns()) {
      if (this.stopped.signal.aborted) return;
      await this.deliverIfStranded(run);
    }
    for (const run of await this.stranded.unclosedStreams(timings.reconcileGraceMs)) {
      if (this.stopped.signal.aborted) return;
      await this.publishEnd(run);
    }
  }

  /** Requeues the runs of workers that have gone and delivers them at once. Rejects when Postgres cannot be reached. */
  private async takeOver(): Promise<void> {
    const runIds = await this.held.ofGoneWorkers();
    await Promise.all(
      runIds.map(async (runId) => {
        const lost = await this.effects.after(this.held.loseIfGone(runId));
        if (lost) this.logger.warn({ runId, ...lost }, 'run was taken from a dead worker');
      }),
    );
  }

  private async repeat(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await this.reconcile().catch(this.note('reconciling failed; the next round will retry'));
      await this.idempotency.prune().catch(this.note('pruning failed; the next round will retry'));
      await this.expire().catch(this.note('removing expired history failed; a later round will retry'));
      await delay(timings.reconcileMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Deletes what is past the configured retention. */
  private async expire(): Promise<void> {
    if (performance.now() < this.expireAt) return;
    this.expireAt = performance.now() + timings.retentionMs;
    const { historyDays, revisionsDays } = this.environment.retention;
    const runs = historyDays === null ? 0 : await this.retention.expireHistory(historyDays);
    const revisions = revisionsDays === null ? 0 : await this.retention.expireRevisions(revisionsDays);
    if (runs > 0 || revisions > 0) this.logger.info({ runs, revisions }, 'expired history was removed');
  }

  private note(message: string): (error: unknown) => void {
    return (error) => {
      const noted = this.errors.note(error instanceof Error ? error : new Error(String(error)));
      if (noted) this.logger.warn({ err: error, ...noted }, message);
    };
  }

  /** Rejects when the queue cannot be reached: nothing else could be delivered either. */
  private async deliverIfStranded({ runId, attempts }: StrandedRun): Promise<void> {
    if (await this.dispatcher.hasLiveJob({ runId, attempts })) return;
    await this.effects.perform({ type: 'dispatch-run', runId, attempts });
    this.logger.info({ runId }, 'run had no live job and was queued again');
  }

  /**
   * Skips a run whose worker still has the job and is about to append the end itself. A failure does not stop other
   * repairs.
   */
  private async publishEnd({ runId, attempts }: StrandedRun): Promise<void> {
    if (await this.dispatcher.hasJobInHand({ runId, attempts })) return;
    try {
      const closing = await this.stranded.claimClosing(runId);
      if (!closing) return;
      await this.effects.perform(closing);
      this.logger.info(
        { runId, workflowId: closing.workflowId, epoch: closing.epoch },
        'the end of a run was repaired',
      );
    } catch (error) {
      // Whoever took the later epoch has published the same end.
      if (error instanceof FencedError) return;
      this.logger.warn({ err: error, runId }, 'the end of a run could not be published; a later round will retry');
    }
  }
}
