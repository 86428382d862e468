/** Mutations on runs: each checks the id, makes one call and maps its result. */
import { Logger } from '@nestjs/common';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { isId, promptLockFor, type RunStatus } from '#libs/contracts';
import { EffectPerformer } from '#libs/effects';
import { RunCancellation, RunRetry } from '#libs/persistence';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { refusal } from '../graphql/user-error.type.js';
import { presentRun } from './run.presenter.js';
import { RunObject } from './run.type.js';
import { CancelRunInput, CancelRunPayload, RetryRunInput, RetryRunPayload } from './run-mutations.type.js';

@Resolver(() => RunObject)
export class RunMutationsResolver {
  private readonly logger = new Logger(RunMutationsResolver.name);

  constructor(
    private readonly cancellation: RunCancellation,
    private readonly retrying: RunRetry,
    private readonly effects: EffectPerformer,
  ) {}

  @Mutation(() => CancelRunPayload, {
    description: 'Stops a run. What it has written so far is kept. Stopping a stopped run again has no effect.',
  })
  async cancelRun(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => CancelRunInput, description: 'The run to stop.' }) input: CancelRunInput,
  ): Promise<CancelRunPayload> {
    if (!isId('run', input.runId)) return notFound();
    const result = await this.effects.after(this.cancellation.cancel(viewer.userId, input.runId));
    switch (result.kind) {
      case 'canceled':
        if (!result.repeated) {
          this.logger.log({ msg: 'run canceled', runId: input.runId, workflowId: result.run.workflowId });
        }
        return { run: presentRun(result.run), userErrors: [] };
      case 'not-found':
        return notFound();
      case 'already-finished':
        return { run: presentRun(result.run), ...refusal('CONFLICT', 'The run has already ended.') };
    }
  }

  @Mutation(() => RetryRunPayload, {
    description:
      'Queues a failed or canceled run again, as long as its history is kept. It continues after its last stored step.',
  })
  async retryRun(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => RetryRunInput, description: 'The run to try again.' }) input: RetryRunInput,
  ): Promise<RetryRunPayload> {
    if (!isId('run', input.runId)) return notFound();
    const result = await this.effects.after(this.retrying.retry(viewer.userId, input.runId));
    switch (result.kind) {
      case 'accepted':
        return { run: presentRun(result.run), userErrors: [] };
      case 'not-found':
        return notFound();
      case 'locked':
        return refusal('CONFLICT', promptLockFor(result.status)?.message ?? 'Another run is still working.');
      case 'history-expired':
        return refusal('CONFLICT', HISTORY_EXPIRED);
      case 'not-retryable':
        return refusal('CONFLICT', notRetryable(result.status));
    }
  }
}

const HISTORY_EXPIRED =
  'The steps of this run are no longer kept, so it cannot go on from where it was. Send a new prompt instead.';

function notFound() {
  return refusal('NOT_FOUND', 'Run not found, or it isn’t yours.', ['input', 'runId']);
}

function notRetryable(status: RunStatus): string {
  return status === 'SUCCEEDED'
    ? 'The run succeeded, so there is nothing to try again.'
    : 'Only the newest run of a workflow can be tried again.';
}
