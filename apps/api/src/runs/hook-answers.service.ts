/** The public addresses of hooks, the answers that arrive there or through GraphQL, and why a hook accepts none. */
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { HookStatus, JsonValue, UserId } from '#libs/contracts';
import { EffectPerformer } from '#libs/effects';
import { hookToken, hookTokenHash } from '#libs/engine';
import { type HookPlace, HookResolution, type HookView, type ResolveHookResult } from '#libs/persistence';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';

/** Why a hook accepts no answer, as sentences for people. */
export const closedBecause: Readonly<Record<HookStatus, string>> = {
  WAITING: 'This question is already closed.',
  RESOLVED: 'This question has already been answered.',
  EXPIRED: 'Time ran out before this answer came.',
  CANCELED: 'The run that asked this has ended.',
};

@Injectable()
export class HookAnswers {
  private readonly logger = new Logger(HookAnswers.name);

  constructor(
    private readonly resolution: HookResolution,
    private readonly effects: EffectPerformer,
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
  ) {}

  /** Resolves once Postgres has decided. `resolvedBy` is `null` for a caller who knows only the address. */
  async resolve(place: HookPlace, payload: JsonValue, resolvedBy: UserId | null): Promise<ResolveHookResult> {
    const result = await this.effects.after(this.resolution.resolve(place, payload, resolvedBy));
    if (result.kind === 'resolved') {
      const { hook, repeated } = result;
      this.logger.log({ msg: 'hook resolved', hookId: hook.id, runId: hook.runId, repeated });
    }
    return result;
  }

  /** Seconds since 1970, by the database's clock. */
  nowSeconds(): Promise<number> {
    return this.resolution.nowSeconds();
  }

  /**
   * The address where anyone can answer the hook: below `HOLDFAST_PUBLIC_URL`, or a path on this server. `null` when the
   * hook no longer waits or was opened under another key. Hooks opened before there was a separate hook key use the service
   * token.
   */
  addressOf(hook: HookView): string | null {
    if (hook.status !== 'WAITING') return null;
    const { hookKey, serviceToken } = this.environment;
    const token = [hookKey, serviceToken]
      .map((key) => hookToken(key, hook.id))
      .find((candidate) => hookTokenHash(candidate) === hook.tokenHash);
    return token === undefined ? null : `${this.environment.publicUrl ?? ''}/hooks/${token}`;
  }
}
