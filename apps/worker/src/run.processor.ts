/**
 * Takes jobs from the queue. Parses one, runs one attempt, maps its end to BullMQ; thinking lives in the engine.
 */

import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Inject, type OnApplicationBootstrap } from '@nestjs/common';
import { type Job, WaitingError } from 'bullmq';
import { PinoLogger } from 'nestjs-pino';
import { type RunId } from '#libs/contracts';
import { AttemptStopped, RunExecutor, type StopReason, timings } from '#libs/engine';
import { parseExecuteRunJob, RUN_QUEUE } from '#libs/jobs';
import { WORKER_ENVIRONMENT, type WorkerEnvironment } from './environment.js';

@Processor(RUN_QUEUE, {
  autorun: false,
  lockDuration: timings.jobLockMs,
  stalledInterval: timings.jobStalledCheckMs,
  maxStalledCount: timings.jobMaxStalledCount,
})
export class RunProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly attempts = new Map<RunId, AbortController>();
  private shuttingDown = false;

  constructor(
    @Inject(RunExecutor) private readonly executor: RunExecutor,
    @Inject(PinoLogger) private readonly logger: PinoLogger,
    @Inject(WORKER_ENVIRONMENT) private readonly environment: WorkerEnvironment,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    this.worker.concurrency = this.environment.HOLDFAST_WORKER_CONCURRENCY;
    void this.worker.run();
  }

  // BullMQ passes its signal only to a processor that declares three parameters.
  async process(job: Job, token?: string, signal?: AbortSignal): Promise<void> {
    const { runId } = parseExecuteRunJob(job.data);
    const stop = new AbortController();
    const lockLost = () => stop.abort(new AttemptStopped('lease-lost'));
    signal?.addEventListener('abort', lockLost, { once: true });
    this.attempts.set(runId, stop);
    try {
      if (this.shuttingDown) return await this.handBack(job, token);
      for (;;) {
        const result = await this.executor.execute(runId, stop.signal);
        if (result.kind === 'released') return await this.handBack(job, token);
        if (result.kind !== 'stream-lost') return;
      }
    } finally {
      signal?.removeEventListener('abort', lockLost);
      if (this.attempts.get(runId) === stop) this.attempts.delete(runId);
    }
  }

  /** Ends the attempt at this run, if this process has one. */
  stop(runId: RunId, reason: StopReason): void {
    this.attempts.get(runId)?.abort(new AttemptStopped(reason));
  }

  /** `worker.close()` waits for running jobs without limit, so they are handed back first. */
  async beforeApplicationShutdown(): Promise<void> {
    this.shuttingDown = true;
    for (const attempt of this.attempts.values()) attempt.abort(new AttemptStopped('shutdown'));
    const deadline = setTimeout(() => {
      this.logger.warn({ runs: [...this.attempts.keys()] }, 'runs did not hand themselves back in time');
      void this.worker.close(true);
    }, timings.shutdownMs);
    await this.worker.close();
    clearTimeout(deadline);
  }

  /** Delivers the job again, to whichever worker is free, without using up anything. */
  private async handBack(job: Job, token: string | undefined): Promise<never> {
    await job.moveToWait(token);
    throw new WaitingError();
  }

  @OnWorkerEvent('lockRenewalFailed')
  onLockRenewalFailed(jobIds: string[]): void {
    for (const jobId of jobIds) this.worker.cancelJob(jobId, 'lock renewal failed');
  }

  @OnWorkerEvent('failed')
  onFailed(job: Job | undefined, error: Error): void {
    this.logger.error({ err: error, runId: job?.id }, 'attempt broke off; the run will be delivered again');
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.logger.warn({ err: error }, 'queue connection failed');
  }
}
