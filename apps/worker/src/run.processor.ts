/**
 * Takes jobs from the queue. Parses one, runs one attempt, maps its end to BullMQ; thinking lives in the engine.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Inject, type OnApplicationBootstrap } from '@nestjs/common';
import { type Job, WaitingError } from 'bullmq';
import { PinoLogger } from 'nestjs-pino';
import type { RunId } from '#libs/contracts';
import { AttemptStopped, HANDOVER_DELAY_MS, RunExecutor, timings } from '#libs/engine';
import { EXECUTE_RUN, parseExecuteRunJob, RepeatedErrors, RUN_QUEUE, RunDispatcher } from '#libs/jobs';
import { StrandedRuns } from '#libs/persistence';
import { WORKER_ENVIRONMENT, type WorkerEnvironment } from './environment.js';

const WAKE_MARGIN_MS = 20;

interface AttemptInHand {
  stop: AbortController;
  done: Promise<unknown>;
}

@Processor(RUN_QUEUE, {
  autorun: false,
  lockDuration: timings.jobLockMs,
  stalledInterval: timings.jobStalledCheckMs,
  maxStalledCount: timings.jobMaxStalledCount,
})
export class RunProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly attempts = new Map<RunId, AttemptInHand>();
  private readonly errors = new RepeatedErrors();
  private shuttingDown = false;

  constructor(
    @Inject(RunExecutor) private readonly executor: RunExecutor,
    @Inject(StrandedRuns) private readonly stranded: StrandedRuns,
    @Inject(RunDispatcher) private readonly dispatcher: RunDispatcher,
    @Inject(PinoLogger) private readonly logger: PinoLogger,
    @Inject(WORKER_ENVIRONMENT) private readonly environment: WorkerEnvironment,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    this.worker.concurrency = this.environment.HOLDFAST_WORKER_CONCURRENCY;
    this.worker.run().catch((error: Error) => this.worker.emit('error', error));
  }

  get takesJobs(): boolean {
    return !this.shuttingDown && this.worker.isRunning();
  }

  // BullMQ passes its signal only to a processor that declares three parameters.
  async process(job: Job, token?: string, signal?: AbortSignal): Promise<void> {
    const { runId } = parseExecuteRunJob(job.data);
    if (this.shuttingDown) return this.deliverAgain(job, token, 0);
    // A wake-up that an older version has left.
    if (job.name !== EXECUTE_RUN) return this.deliverIfDue(runId);
    const older = this.attempts.get(runId);
    if (older) {
      // BullMQ knows jobs by their id alone: were both in hand, the end of the older would take the lock of this one.
      older.stop.abort(new AttemptStopped('lease-lost'));
      return this.deliverAgain(job, token, HANDOVER_DELAY_MS);
    }
    const stop = new AbortController();
    const leaseLost = () => stop.abort(new AttemptStopped('lease-lost'));
    signal?.addEventListener('abort', leaseLost, { once: true });
    const done = this.executor.execute(runId, stop.signal);
    this.attempts.set(runId, { stop, done });
    try {
      const result = await done;
      if (result.kind === 'suspended') this.wakeLater(runId, result.wakeInMs);
      if (result.kind === 'released') await this.deliverAgain(job, token, this.shuttingDown ? 0 : HANDOVER_DELAY_MS);
    } finally {
      signal?.removeEventListener('abort', leaseLost);
      this.attempts.delete(runId);
    }
  }

  /** Runs are handed back first: `worker.close()` alone would wait for them without limit. */
  async beforeApplicationShutdown(): Promise<void> {
    this.shuttingDown = true;
    await this.worker.pause(true);
    const inHand = [...this.attempts.values()];
    for (const { stop } of inHand) stop.abort(new AttemptStopped('shutdown'));
    const allDone = Promise.allSettled(inHand.map(({ done }) => done)).then(() => this.worker.close());
    const inTime = await Promise.race([allDone.then(() => true), delay(timings.shutdownMs, false)]);
    if (!inTime) {
      this.logger.warn({ runs: [...this.attempts.keys()] }, 'runs did not hand themselves back in time');
      await this.worker.close(true);
    }
  }

  /** A delivery that came while the job of a suspended run was ending has been swallowed by it. */
  @OnWorkerEvent('completed')
  onCompleted(job: Job): void {
    if (job.name !== EXECUTE_RUN) return;
    const { runId } = parseExecuteRunJob(job.data);
    this.look(runId);
  }

  private look(runId: RunId): void {
    this.deliverIfDue(runId).catch((error: unknown) => {
      this.logger.warn({ err: error, runId }, 'not looked whether the run is due; the reconciler will');
    });
  }

  private async deliverIfDue(runId: RunId): Promise<void> {
    if (await this.stranded.shouldBeDelivered(runId)) await this.dispatcher.dispatch(runId);
  }

  /** Only a fast path: the reconciler finds whatever is overdue, also when this process has ended by then. */
  private wakeLater(runId: RunId, wakeInMs: number | null): void {
    if (wakeInMs === null || wakeInMs > timings.wakeUpMaxMs) return;
    // Postgres decides by its own clock: a little later is better than a look in vain.
    setTimeout(() => this.look(runId), wakeInMs + WAKE_MARGIN_MS).unref();
  }

  /** Puts the job back without using up anything, to be taken by whichever worker is free. */
  private async deliverAgain(job: Job, token: string | undefined, delayMs: number): Promise<never> {
    // Waited for here, with a clock that nobody sets: BullMQ's own delays go by the time of day.
    if (delayMs > 0) await delay(delayMs);
    await job.moveToWait(token);
    throw new WaitingError();
  }

  @OnWorkerEvent('lockRenewalFailed')
  onLockRenewalFailed(jobIds: string[]): void {
    for (const jobId of jobIds) this.worker.cancelJob(jobId, 'lock renewal failed');
  }

  @OnWorkerEvent('failed')
  onFailed(job: Job | undefined, error: Error): void {
    this.logger.error({ err: error, runId: job?.id }, 'attempt broke off; the reconciler delivers its run again');
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    const noted = this.errors.note(error);
    if (noted) this.logger.warn({ err: error, ...noted }, 'queue error');
  }
}
