/**
 * Stops runs: the fact in Postgres first, then a signal to the worker, then the last event of the stream. Owns this
 * order. Only the first part decides; the rest is repeated by the workers' reconciler when Redis is away.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { type HookEvent, type RunId, type StatusEvent, type UserId, workflowStatusFor } from '#libs/contracts';
import { type CancelRunResult, RunCancellation, type RunView } from '#libs/persistence';
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
    if (result.kind === 'canceled' && result.epoch !== null) {
      this.logger.log({ msg: 'run canceled', runId, workflowId: result.run.workflowId });
      this.changes.announce(ownerId, { workflowId: result.run.workflowId, deleted: false });
      const closed = this.tellEverybody(result.run, result.epoch, result.hooks);
      this.closing.add(closed);
      void closed.finally(() => this.closing.delete(closed));
    }
    return result;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.race([Promise.all(this.closing), delay(shutdownMs, undefined, { ref: false })]);
  }

  /** Never rejects. */
  private async tellEverybody(run: RunView, epoch: number, hooks: HookEvent['hook'][]): Promise<void> {
    try {
      const signaled = this.control.publishCancel(run.id);
      const writer = await this.stream.open({ workflowId: run.workflowId, epoch, reason: 'TAKEOVER' });
      const changes = hooks.map((hook): HookEvent => ({ type: 'hook', hook }));
      const cursor = await writer.close([...changes, terminalEvent(run)]);
      await this.cancellation.markStreamClosed(run.id, epoch, cursor);
      await signaled;
    } catch (error) {
      const ids = { runId: run.id, workflowId: run.workflowId };
      this.logger.warn({ msg: 'stream of a canceled run not closed; a worker will do it', ...ids, err: error });
    }
  }
}

function terminalEvent(run: RunView): StatusEvent {
  return {
    type: 'status',
    runId: run.id,
    status: workflowStatusFor(run.status),
    runStatus: run.status,
    error: null,
    terminal: true,
    at: (run.finishedAt ?? new Date()).toISOString(),
  };
}
