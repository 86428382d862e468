/**
 * Stops runs: the fact in Postgres first, then a signal to the worker, then the end in the stream. Owns this
 * order. Only the first part decides; the rest is repeated by the workers' reconciler when Redis is away.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { RunId, UserId } from '#libs/contracts';
import { type CancelRunResult, type ClosingClaim, RunCancellation } from '#libs/persistence';
import { ControlChannel, RedisWorkflowStreamWriter, WorkflowChanges } from '#libs/stream';

/** How long a shutdown waits for streams that are just being closed. */
const shutdownMs = 2_000;

@Injectable()
export class RunCanceling implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RunCanceling.name);
  private readonly closing = new Set<Promise<void>>();

  constructor(
    private readonly cancellation: RunCancellation,
    private readonly control: ControlChannel,
    private readonly stream: RedisWorkflowStreamWriter,
    private readonly changes: WorkflowChanges,
  ) {}

  /** Resolves when Postgres has decided. Canceling a canceled run again changes nothing and is answered alike. */
  async cancel(ownerId: UserId, runId: RunId): Promise<CancelRunResult> {
    const result = await this.cancellation.cancel(ownerId, runId);
    if (result.kind === 'canceled' && result.closing !== null) {
      this.logger.log({ msg: 'run canceled', runId, workflowId: result.run.workflowId });
      this.changes.announce(ownerId, { workflowId: result.run.workflowId, deleted: false });
      const closed = this.tellEverybody(runId, result.closing);
      this.closing.add(closed);
      void closed.finally(() => this.closing.delete(closed));
    }
    return result;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.race([Promise.all(this.closing), delay(shutdownMs, undefined, { ref: false })]);
  }

  /** Never rejects. */
  private async tellEverybody(runId: RunId, closing: ClosingClaim): Promise<void> {
    try {
      const signaled = this.control.publishCancel(runId);
      await this.stream.openEnded({ ...closing, reason: 'TAKEOVER' });
      await this.cancellation.markEndsTold(closing.ends);
      await signaled;
    } catch (error) {
      const ids = { runId, workflowId: closing.workflowId };
      this.logger.warn({ msg: 'stream of a canceled run not closed; a worker will do it', ...ids, err: error });
    }
  }
}
