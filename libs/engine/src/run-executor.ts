/** Executes runs: the claim, and which attempts this process has under way. */
import type { RunId } from '#libs/contracts';
import type { RunExecutorOptions } from './attempt.js';
import { Attempt, type AttemptResult } from './attempt.js';

export class RunExecutor {
  private readonly attempts = new Map<RunId, Attempt>();

  constructor(private readonly options: RunExecutorOptions) {}

  /**
   * Claims the run and drives it to an end. Safe to call for a run in any state, any number of times, from any process:
   * one of them gets it. Abort `signal` with an `AttemptStopped`. Rejects only when Postgres stays away: the run then has
   * to be let go of later.
   * @param isAlone whether nothing else is under way in this process, nor will be
   */
  async execute(runId: RunId, signal: AbortSignal, isAlone = false): Promise<AttemptResult> {
    const { store, worker } = this.options;
    const claimed = await store.claimRun(runId, worker && { worker: worker(), isAlone });
    if (claimed.kind === 'nothing-to-do') return { kind: 'finished', status: null };
    if (claimed.kind === 'alone-only') return claimed;
    if (claimed.kind === 'exhausted') return { kind: 'finished', status: 'FAILED' };
    const attempt = new Attempt(this.options, claimed.run, signal);
    // An earlier one that was taken for lost learns it here at the latest.
    void this.attempts.get(runId)?.checkClaim();
    this.attempts.set(runId, attempt);
    try {
      return await attempt.run();
    } finally {
      if (this.attempts.get(runId) === attempt) this.attempts.delete(runId);
    }
  }

  /**
   * Makes an attempt at this run, if there is one here, look in Postgres at once whether it still holds the run. A hint
   * may come late or twice: only Postgres ends an attempt.
   */
  async recheck(runId: RunId): Promise<void> {
    await this.attempts.get(runId)?.checkClaim();
  }

  /** As `recheck`, for all attempts of this process. */
  async recheckAll(): Promise<void> {
    await Promise.all([...this.attempts.values()].map((attempt) => attempt.checkClaim()));
  }
}
