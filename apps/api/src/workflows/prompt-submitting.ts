/**
 * Accepts a prompt: stores it, then rings the doorbells of lists and of the queue. The answer never waits for the queue and never
 * fails because of it: a run without a job is found and enqueued by a worker.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { UserId, WorkflowId } from '#libs/contracts';
import { PromptSubmission, type SubmitPromptResult } from '#libs/persistence';
import { WorkflowChanges } from '#libs/stream';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { RunDispatching } from '../runs/run-dispatching.js';
import type { CleanSubmission } from './prompt-text.js';

@Injectable()
export class PromptSubmitting {
  private readonly logger = new Logger(PromptSubmitting.name);

  constructor(
    private readonly submission: PromptSubmission,
    private readonly dispatching: RunDispatching,
    private readonly changes: WorkflowChanges,
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
  ) {}

  /** Resolves after the commit. The same idempotency key with the same input is answered with what was stored first. */
  async submit(
    ownerId: UserId,
    workflowId: WorkflowId | null,
    submission: CleanSubmission,
  ): Promise<SubmitPromptResult> {
    const result = await this.submission.submit({
      ownerId,
      workflowId,
      ...submission,
      model: this.environment.model,
    });
    if (result.kind === 'accepted') {
      const { workflow, run, replayed } = result;
      this.logger.log({ msg: 'prompt accepted', workflowId: workflow.id, runId: run.id, replayed });
      this.changes.announce(ownerId, { workflowId: workflow.id, deleted: false });
      // A run that was begun has had its delivery: another one would fence its worker, or show viewers of a wait a snapshot.
      if (run.status === 'QUEUED') this.dispatching.dispatchSoon({ runId: run.id, attempts: run.attempts });
    }
    return result;
  }
}
