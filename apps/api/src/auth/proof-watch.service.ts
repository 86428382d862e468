/**
 * Ends what an identity has open once the identity ends: subscriptions are authorised when they begin, and a session may
 * expire, be signed out or lose its user while they last. Postgres is asked every two seconds about all proofs at once, so
 * that every api notices, and no message can be lost.
 */
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { SessionId } from '#libs/contracts';
import { Accounts } from '#libs/persistence';
import type { Viewer } from './viewer-authentication.service.js';

/** Between two checks. Longer, and a stream outlives its session for longer; the promise is 5 seconds. */
const CHECK_MS = 2_000;
/** Proofs per query. */
const BATCH = 1_000;

@Injectable()
export class ProofWatch implements OnApplicationShutdown {
  private readonly logger = new Logger(ProofWatch.name);
  private readonly listeners = new Map<SessionId, Set<() => void>>();
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(private readonly accounts: Accounts) {}

  /**
   * Calls `ended` once when the viewer's proof is no longer valid.
   * @returns ends the watch; must be called when what is open has ended
   */
  watch({ proof }: Viewer, ended: () => void): () => void {
    if (proof === null) return () => undefined;
    const { id } = proof;
    const known = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, known.add(ended));
    this.schedule();
    return () => {
      known.delete(ended);
      if (known.size === 0 && this.listeners.get(id) === known) this.listeners.delete(id);
    };
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.timer !== null || this.stopped || this.listeners.size === 0) return;
    this.timer = setTimeout(() => {
      this.check()
        // Without Postgres nobody can sign out either; the next check repeats it.
        .catch((error: unknown) => this.logger.warn({ msg: 'sessions could not be checked', err: error }))
        .finally(() => {
          this.timer = null;
          this.schedule();
        });
    }, CHECK_MS).unref();
  }

  private async check(): Promise<void> {
    const ids = [...this.listeners.keys()];
    for (let from = 0; from < ids.length; from += BATCH) {
      const batch = ids.slice(from, from + BATCH);
      const lasting = await this.accounts.lasting(batch);
      for (const id of batch) if (!lasting.has(id)) this.end(id);
    }
  }

  private end(id: SessionId): void {
    const known = this.listeners.get(id);
    this.listeners.delete(id);
    for (const ended of known ?? []) ended();
  }
}
