/**
 * Answers hooks: the fact in Postgres first, then the events for viewers, then the run's next delivery. Owns this order.
 * Only the first part decides; a worker's reconciler delivers the run when Redis is away.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import type { JsonValue, UserId } from '#libs/contracts';
import { hookToken, hookTokenHash } from '#libs/engine';
import {
  type HookAnnouncement,
  type HookPlace,
  HookResolution,
  type HookView,
  type ResolveHookResult,
} from '#libs/persistence';
import { RedisWorkflowStreamWriter, WorkflowChanges } from '#libs/stream';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { RunDispatching } from './run-dispatching.js';

/** How long a shutdown waits for answers that are just being announced. */
const shutdownMs = 2_000;

@Injectable()
export class HookResolving implements BeforeApplicationShutdown {
  private readonly logger = new Logger(HookResolving.name);
  private readonly announcing = new Set<Promise<void>>();

  constructor(
    private readonly resolution: HookResolution,
    private readonly stream: RedisWorkflowStreamWriter,
    private readonly changes: WorkflowChanges,
    private readonly dispatching: RunDispatching,
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
  ) {}

  /** Resolves when Postgres has decided. `resolvedBy` is `null` for whoever knows only the address. */
  async resolve(place: HookPlace, payload: JsonValue, resolvedBy: UserId | null): Promise<ResolveHookResult> {
    const result = await this.resolution.resolve(place, payload, resolvedBy);
    if (result.kind !== 'resolved') return result;
    const { hook, repeated } = result;
    this.logger.log({ msg: 'hook resolved', hookId: hook.id, runId: hook.runId, repeated });
    if (result.announcement) {
      const { workflowId, attempts } = result.announcement;
      this.changes.announce(hook.ownerId, { workflowId, deleted: false });
      const delivery = { runId: hook.runId, attempts };
      const announced = this.announce(result.announcement).then(() => this.dispatching.dispatchSoon(delivery));
      this.announcing.add(announced);
      void announced.finally(() => this.announcing.delete(announced));
    }
    return result;
  }

  /** Seconds since 1970. */
  nowSeconds(): Promise<number> {
    return this.resolution.nowSeconds();
  }

  /**
   * Where anybody can answer the hook: below `HOLDFAST_PUBLIC_URL`, or a path on this server. `null` when it waits no
   * more, or was opened under another key. Hooks from before the key had one of its own were opened under the service token.
   */
  addressOf(hook: HookView): string | null {
    if (hook.status !== 'WAITING') return null;
    const { hookKey, serviceToken } = this.environment;
    const token = [hookKey, serviceToken]
      .map((key) => hookToken(key, hook.id))
      .find((candidate) => hookTokenHash(candidate) === hook.tokenHash);
    return token === undefined ? null : `${this.environment.publicUrl ?? ''}/hooks/${token}`;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.race([Promise.all(this.announcing), delay(shutdownMs, undefined, { ref: false })]);
  }

  /** Never rejects: the claim that follows shows viewers a snapshot in any case. */
  private async announce({ workflowId, epoch, events }: HookAnnouncement): Promise<void> {
    try {
      const writer = await this.stream.open({ workflowId, epoch, reason: 'TAKEOVER', ends: [] });
      await writer.append(events);
    } catch (error) {
      this.logger.warn({ msg: 'an answered hook was not announced', workflowId, epoch, err: error });
    }
  }
}
