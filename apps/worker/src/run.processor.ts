/** BullMQ processor: parses a job, runs one attempt, and maps the result to BullMQ. The logic is in the engine. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Inject, type OnApplicationBootstrap } from '@nestjs/common';
import { type Job, WaitingError } from 'bullmq';
import { PinoLogger } from 'nestjs-pino';
import type { RunId } from '#libs/contracts';
import { EffectPerformer } from '#libs/effects';
import { type AttemptResult, AttemptStopped, HANDED_BACK_DELAY_MS, RunExecutor, timings } from '#libs/engine';
import { parseExecuteRunJob, RepeatedErrors, RUN_QUEUE } from '#libs/jobs';
import { HeldRuns, StrandedRuns } from '#libs/persistence';
import { WORKER_ENVIRONMENT, type WorkerEnvironment } from './environment.js';
import { WorkerLiveness } from './liveness/worker-liveness.js';
import { GateClosed, RunGate } from './run-gate.js';

const WAKE_MARGIN_MS = 20;

@Processor(RUN_QUEUE, {
  autorun: false,
  lockDuration: timings.jobLockMs,
  stalledInterval: timings.jobStalledCheckMs,
  maxStalledCount: timings.jobMaxStalledCount,
})
export class RunProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly gate = new RunGate();
  /** Stops every attempt of this process. */
  private readonly stop = new AbortController();
  /** How often each run is in progress here, from before its claim until its attempt has ended. */
  private readonly inHand = new Map<RunId, number>();
  private readonly attempts = new Set<Promise<AttemptResult>>();
  private readonly errors = new RepeatedErrors();
  private shuttingDown = false;

  constructor(
    private readonly executor: RunExecutor,
    private readonly stranded: StrandedRuns,
    private readonly held: HeldRuns,
    private readonly effects: EffectPerformer,
    private readonly liveness: WorkerLiveness,
    private readonly logger: PinoLogger,
    @Inject(WORKER_ENVIRONMENT) private readonly environment: WorkerEnvironment,
  ) {
    super();
    // Each attempt adds a listener.
    setMaxListeners(0, this.stop.signal);
  }

  onApplicationBootstrap(): void {
    this.liveness.onRenamed = () => void this.executor.recheckAll();
    this.worker.concurrency = this.environment.concurrency;
    this.worker.run().catch((error: Error) => this.worker.emit('error', error));
  }

  get takesJobs(): boolean {
    return !this.shuttingDown && this.worker.isRunning();
  }

  async process(job: Job, token?: string): Promise<void> {
    const { runId } = parseExecuteRunJob(job);
    try {
      const result = await this.execute(runId);
      if (result.kind === 'suspended') this.wakeLater(runId, result.wakeInMs);
      if (result.kind === 'released') await this.deliverAgain(runId, result.attempts);
    } catch (error) {
      if (!(error instanceof GateClosed)) throw error;
      // Nothing was claimed, so any free worker may take the job.
      await job.moveToWait(token);
      throw new WaitingError();
    }
  }

  /**
   * Hands back runs that Postgres still assigns to this worker although it does not execute them: Postgres was unreachable
   * when they should have been handed back.
   */
  async releaseStrays(): Promise<void> {
    const { worker } = this.liveness;
    for (const runId of await this.held.strays(worker, [...this.inHand.keys()])) {
      const isReleased = await this.effects.after(this.held.releaseStray(worker, runId));
      if (isReleased) this.logger.warn({ runId }, 'run was handed back late');
    }
  }

  /** Runs are handed back first: `worker.close()` alone would wait for them without a limit. */
  async beforeApplicationShutdown(): Promise<void> {
    this.shuttingDown = true;
    await this.worker.pause(true);
    this.gate.close();
    this.stop.abort(new AttemptStopped());
    const allDone = Promise.allSettled(this.attempts).then(() => this.worker.close());
    const inTime = await Promise.race([allDone.then(() => true), delay(timings.shutdownMs, false)]);
    if (!inTime) {
      this.logger.warn({ runs: [...this.inHand.keys()] }, 'some runs were not handed back in time');
      await this.worker.close(true);
    }
  }

  private async execute(runId: RunId): Promise<AttemptResult> {
    const result = await this.pass(runId, false);
    if (result.kind !== 'alone-only') return result;
    this.logger.warn({ runId }, 'run has lost its worker repeatedly and will be executed alone');
    // Jobs fetched meanwhile could only wait here, while other workers may be free.
    await this.worker.pause(true);
    try {
      return await this.pass(runId, true);
    } finally {
      if (!this.gate.isHeldUp && !this.shuttingDown) await this.worker.resume();
    }
  }

  private pass(runId: RunId, alone: boolean): Promise<AttemptResult> {
    return this.gate.pass(alone, async () => {
      this.inHand.set(runId, (this.inHand.get(runId) ?? 0) + 1);
      const attempt = this.executor.execute(runId, this.stop.signal, alone);
      this.attempts.add(attempt);
      try {
        return await attempt;
      } finally {
        this.attempts.delete(attempt);
        const others = (this.inHand.get(runId) ?? 1) - 1;
        if (others > 0) this.inHand.set(runId, others);
        else this.inHand.delete(runId);
      }
    });
  }

  private look(runId: RunId): void {
    this.deliverIfDue(runId).catch((error: unknown) => {
      this.logger.warn({ err: error, runId }, 'could not check whether the run is due; the reconciler will');
    });
  }

  private async deliverIfDue(runId: RunId): Promise<void> {
    for (const effect of await this.stranded.dueForDelivery(runId)) await this.effects.perform(effect);
  }

  /** Only a fast path: the reconciler finds every overdue run, even when this process has ended. */
  private wakeLater(runId: RunId, wakeInMs: number | null): void {
    if (wakeInMs === null || wakeInMs > timings.wakeUpMaxMs) return;
    // Postgres decides by its own clock: waking a little late is better than a check that comes too early.
    setTimeout(() => this.look(runId), wakeInMs + WAKE_MARGIN_MS).unref();
  }

  private async deliverAgain(runId: RunId, attempts: number): Promise<void> {
    if (!this.shuttingDown) await delay(HANDED_BACK_DELAY_MS);
    this.effects.start([{ type: 'dispatch-run', runId, attempts }]);
  }

  @OnWorkerEvent('failed')
  onFailed(job: Job | undefined, error: Error): void {
    this.logger.error({ err: error, runId: job?.id }, 'job failed; the reconciler will release its run');
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    const noted = this.errors.note(error);
    if (noted) this.logger.warn({ err: error, ...noted }, 'queue error');
  }
}
