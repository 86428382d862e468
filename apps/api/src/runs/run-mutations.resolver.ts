/** Mutations on runs: check the id, make one call, map its result. */
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { isId, promptLockFor, type RunStatus } from '#libs/contracts';
import { RunRetry } from '#libs/persistence';
import { WorkflowChanges } from '#libs/stream';
import type { Viewer } from '../auth/viewer-authentication.service.js';
import { CurrentViewer } from '../graphql/current-viewer.decorator.js';
import { type UserErrorObject, userError } from '../graphql/user-error.type.js';
import { presentRun } from './run.presenter.js';
import { RunObject } from './run.type.js';
import { RunCanceling } from './run-canceling.js';
import { RunDispatching } from './run-dispatching.js';
import { CancelRunInput, CancelRunPayload, RetryRunInput, RetryRunPayload } from './run-mutations.type.js';

@Resolver(() => RunObject)
export class RunMutationsResolver {
  constructor(
    private readonly canceling: RunCanceling,
    private readonly retrying: RunRetry,
    private readonly dispatching: RunDispatching,
    private readonly changes: WorkflowChanges,
  ) {}

  @Mutation(() => CancelRunPayload, {
    description: 'Stops a run. What was written so far is kept. Stopping a stopped run again changes nothing.',
  })
  async cancelRun(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => CancelRunInput, description: 'The run to stop.' }) input: CancelRunInput,
  ): Promise<CancelRunPayload> {
    if (!isId('run', input.runId)) return { run: null, userErrors: [notFound()] };
    const result = await this.canceling.cancel(viewer.userId, input.runId);
    switch (result.kind) {
      case 'canceled':
        return { run: presentRun(result.run), userErrors: [] };
      case 'not-found':
        return { run: null, userErrors: [notFound()] };
      case 'already-finished':
        return { run: presentRun(result.run), userErrors: [userError('CONFLICT', 'The run has already ended.')] };
    }
  }

  @Mutation(() => RetryRunPayload, {
    description:
      'Queues a failed or canceled run again, while its history is kept. It goes on from its last good step.',
  })
  async retryRun(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { type: () => RetryRunInput, description: 'The run to try again.' }) input: RetryRunInput,
  ): Promise<RetryRunPayload> {
    if (!isId('run', input.runId)) return { run: null, userErrors: [notFound()] };
    const result = await this.retrying.retry(viewer.userId, input.runId);
    switch (result.kind) {
      case 'accepted':
        this.changes.announce(viewer.userId, { workflowId: result.run.workflowId, deleted: false });
        this.dispatching.dispatchSoon({ runId: result.run.id, attempts: result.run.attempts });
        return { run: presentRun(result.run), userErrors: [] };
      case 'not-found':
        return { run: null, userErrors: [notFound()] };
      case 'locked':
        return {
          run: null,
          userErrors: [userError('CONFLICT', promptLockFor(result.status)?.message ?? 'Another run is still working.')],
        };
      case 'history-expired':
        return { run: null, userErrors: [userError('CONFLICT', HISTORY_EXPIRED)] };
      case 'not-retryable':
        return { run: null, userErrors: [userError('CONFLICT', notRetryable(result.status))] };
    }
  }
}

const HISTORY_EXPIRED =
  'The steps of this run are no longer kept, so it cannot go on from where it was. Send a new prompt instead.';

function notFound(): UserErrorObject {
  return userError('NOT_FOUND', 'Run not found, or it isn’t yours.', ['input', 'runId']);
}

function notRetryable(status: RunStatus): string {
  return status === 'SUCCEEDED'
    ? 'The run succeeded, so there is nothing to try again.'
    : 'Only the newest run of a workflow can be tried again.';
}
