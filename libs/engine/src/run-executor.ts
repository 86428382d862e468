/**
 * Executes runs. Owns the claim and which attempts this process has under way; an attempt's course stands in its own file.
 */
import type { RunId } from '#libs/contracts';
import { Attempt, type AttemptResult } from './attempt.js';
import type { GrantedEpoch } from './ports/workflow-stream.port.js';
import type { RunExecutorOptions } from './run-executor-options.js';
import { guardStore } from './store-guard.js';

export class RunExecutor {
  private readonly options: RunExecutorOptions;
  private readonly attempts = new Map<RunId, Attempt>();

  constructor(options: RunExecutorOptions) {
    this.options = { ...options, store: guardStore(options.store) };
  }

  /**
   * Claims the run and drives it to an end. Safe to call for a run in any state, any number of times, from any process:
   * a later call fences an earlier one. Abort `signal` with an `AttemptStopped`. Rejects only when Postgres stays away
   * or a replay stalls: the run is then left for another delivery.
   */
  async execute(runId: RunId, signal: AbortSignal): Promise<AttemptResult> {
    const claimed = await this.options.store.claimRun(runId);
    if (claimed.kind === 'nothing-to-do') return { kind: 'finished', status: null };
    if (claimed.kind === 'waiting') {
      await this.show(claimed.granted);
      return { kind: 'finished', status: null };
    }
    const attempt = new Attempt(this.options, claimed.run, signal);
    if (claimed.kind === 'exhausted') return attempt.announceFailure();
    this.attempts.set(runId, attempt);
    try {
      return await attempt.run();
    } finally {
      if (this.attempts.get(runId) === attempt) this.attempts.delete(runId);
    }
  }

  /**
   * Gives viewers a snapshot. A run that waits is delivered when its worker died right after it was suspended: until
   * somebody answers, nothing else would tell that it waits. Never rejects.
   */
  private async show(granted: GrantedEpoch): Promise<void> {
    const { stream, store, logger } = this.options;
    try {
      await stream.open(granted);
      await store.markEndsTold(granted.ends);
    } catch (err) {
      const { workflowId, epoch } = granted;
      logger.warn({ workflowId, epoch, err }, 'viewers learn of the wait from their next snapshot');
    }
  }

  /**
   * Makes an attempt at this run, if there is one here, look in Postgres at once whether it still holds the run. A hint
   * may come late or twice: only Postgres ends an attempt.
   */
  async recheck(runId: RunId): Promise<void> {
    await this.attempts.get(runId)?.checkClaim();
  }
}
