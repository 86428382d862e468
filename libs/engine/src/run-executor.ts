/** Executes runs: claims them and tracks the attempts in progress in this process. */
import type { RunId } from '#libs/contracts';
import type { RunExecutorOptions } from './attempt.js';
import { Attempt, type AttemptResult } from './attempt.js';

export class RunExecutor {
  private readonly attempts = new Map<RunId, Attempt>();

  constructor(private readonly options: RunExecutorOptions) {}

  /**
   * Claims the run and drives it to an end. Safe to call for a run in any state, any number of times, from any process:
   * only one of them gets it. Abort `signal` with an `AttemptStopped`. Rejects only when Postgres stays unreachable: the
   * run then has to be released later.
   * @param isAlone whether nothing else is in progress in this process, or will be
   */
  async execute(runId: RunId, signal: AbortSignal, isAlone = false): Promise<AttemptResult> {
    const { store, worker } = this.options;
    const claimed = await store.claimRun(runId, worker && { worker: worker(), isAlone });
    if (claimed.kind === 'nothing-to-do') return { kind: 'finished', status: null };
    if (claimed.kind === 'alone-only') return claimed;
    if (claimed.kind === 'exhausted') return { kind: 'finished', status: 'FAILED' };
    const attempt = new Attempt(this.options, claimed.run, signal);
    // An earlier attempt here that was considered lost learns it now at the latest.
    void this.attempts.get(runId)?.checkClaim();
    this.attempts.set(runId, attempt);
    try {
      return await attempt.run();
    } finally {
      if (this.attempts.get(runId) === attempt) this.attempts.delete(runId);
    }
  }

  /**
   * Makes this process's attempt at the run, if any, check its claim in Postgres at once. Such a hint may come late or
   * twice: only Postgres ends an attempt.
   */
  async recheck(runId: RunId): Promise<void> {
    await this.attempts.get(runId)?.checkClaim();
  }

  /** As `recheck`, for all attempts of this process. */
  async recheckAll(): Promise<void> {
    await Promise.all([...this.attempts.values()].map((attempt) => attempt.checkClaim()));
  }
}
