/**
 * Finds what fell through: runs whose worker has gone, runs without a live job, waits whose time is up, ended runs whose viewers were not told; and
 * what nobody needs any more. Owns the repair; runs in every worker at once and may run at any time, because each repair is
 * decided in Postgres.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { FencedError, timings } from '#libs/engine';
import { RepeatedErrors, RunDispatcher } from '#libs/jobs';
import {
  type DeliverableRun,
  HeldRuns,
  IdempotencyPruning,
  Retention,
  StrandedRuns,
  WorkerLeases,
} from '#libs/persistence';
import { RedisWorkflowStreamWriter } from '#libs/stream';
import { WORKER_ENVIRONMENT, type WorkerEnvironment } from './environment.js';
import { WorkerLiveness } from './liveness/worker-liveness.js';
import { RunProcessor } from './run.processor.js';

@Injectable()
export class Reconciler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopped = new AbortController();
  private readonly errors = new RepeatedErrors();
  private loop: Promise<void> = Promise.resolve();
  /** By this process's own count of milliseconds. */
  private expireAt = 0;

  constructor(
    @Inject(StrandedRuns) private readonly stranded: StrandedRuns,
    @Inject(IdempotencyPruning) private readonly idempotency: IdempotencyPruning,
    @Inject(Retention) private readonly retention: Retention,
    @Inject(RunDispatcher) private readonly dispatcher: RunDispatcher,
    @Inject(RedisWorkflowStreamWriter) private readonly stream: RedisWorkflowStreamWriter,
    @Inject(HeldRuns) private readonly held: HeldRuns,
    @Inject(WorkerLeases) private readonly leases: WorkerLeases,
    @Inject(WorkerLiveness) private readonly liveness: WorkerLiveness,
    @Inject(RunProcessor) private readonly processor: RunProcessor,
    @Inject(PinoLogger) private readonly logger: PinoLogger,
    @Inject(WORKER_ENVIRONMENT) private readonly environment: WorkerEnvironment,
  ) {}

  onApplicationBootstrap(): void {
    this.liveness.onPeerDied = () => {
      this.takeOver().catch(this.note('taking over failed; the next round tries again'));
    };
    this.loop = this.repeat();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped.abort();
    // A repair that waits for Redis is left alone: any worker can do it again.
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
      await this.closeStream(run);
    }
  }

  /** Queues what workers held that have gone, and delivers it at once. Rejects when Postgres cannot be reached. */
  private async takeOver(): Promise<void> {
    const runIds = await this.held.ofGoneWorkers();
    await Promise.all(
      runIds.map(async (runId) => {
        const lost = await this.held.loseIfGone(runId);
        if (!lost) return;
        this.logger.warn({ ...lost }, 'run was taken from a worker that has gone');
        await this.dispatcher.dispatch(lost).catch(this.note('run not enqueued; the next round tries again'));
      }),
    );
  }

  private async repeat(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await this.reconcile().catch(this.note('reconciling failed; the next round tries again'));
      await this.idempotency.prune().catch(this.note('pruning failed; the next round tries again'));
      await this.expire().catch(this.note('removing expired history failed; a later round tries again'));
      await delay(timings.reconcileMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What the operator does not want to keep. */
  private async expire(): Promise<void> {
    if (performance.now() < this.expireAt) return;
    this.expireAt = performance.now() + timings.retentionMs;
    const { HOLDFAST_RETENTION_HISTORY_DAYS: historyDays, HOLDFAST_RETENTION_REVISIONS_DAYS: revisionsDays } =
      this.environment;
    const runs = historyDays === undefined ? 0 : await this.retention.expireHistory(historyDays);
    const revisions = revisionsDays === undefined ? 0 : await this.retention.expireRevisions(revisionsDays);
    if (runs > 0 || revisions > 0) this.logger.info({ runs, revisions }, 'expired history was removed');
  }

  private note(message: string): (error: unknown) => void {
    return (error) => {
      const noted = this.errors.note(error instanceof Error ? error : new Error(String(error)));
      if (noted) this.logger.warn({ err: error, ...noted }, message);
    };
  }

  private async deliverIfStranded({ runId, attempts }: DeliverableRun): Promise<void> {
    if (!(await this.dispatcher.redeliver({ runId, attempts }))) return;
    this.logger.info({ runId }, 'run had no live job and was delivered again');
  }

  /** A worker that is just about to append the end itself still has its job. An end that cannot be told stops no other. */
  private async closeStream({ runId, attempts }: DeliverableRun): Promise<void> {
    if (await this.dispatcher.hasJobInHand({ runId, attempts })) return;
    try {
      const closing = await this.stranded.claimClosing(runId);
      if (!closing) return;
      await this.stream.openEnded({ ...closing, reason: 'TAKEOVER' });
      await this.stranded.markEndsTold(closing.ends);
      this.logger.info(
        { runId, workflowId: closing.workflowId, epoch: closing.epoch },
        'the end of a run was repaired',
      );
    } catch (error) {
      // Whoever took the later epoch has told the same ends.
      if (error instanceof FencedError) return;
      this.logger.warn({ err: error, runId }, 'the end of a run could not be repaired; a later round tries again');
    }
  }
}
