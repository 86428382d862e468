/**
 * Performs effects outside Postgres after a commit. Callers do not wait for them, and no command fails because of them: the
 * reconciler finds rows whose effects did not happen and performs them again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { type Committed, type Effect, FencedError, type OpenEpochEffect } from '#libs/engine';
import { RunDispatcher } from '#libs/jobs';
import { StrandedRuns } from '#libs/persistence';
import { ControlChannel, RedisWorkflowStreamWriter, StreamRemoval, WorkflowChanges } from '#libs/stream';

/** How long a shutdown waits for effects in progress. */
const drainMs = 2_000;

@Injectable()
export class EffectPerformer implements BeforeApplicationShutdown {
  private readonly logger = new Logger(EffectPerformer.name);
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly dispatcher: RunDispatcher,
    private readonly changes: WorkflowChanges,
    private readonly control: ControlChannel,
    private readonly stream: RedisWorkflowStreamWriter,
    private readonly removal: StreamRemoval,
    private readonly stranded: StrandedRuns,
  ) {}

  /**
   * Waits for the command's commit, starts its effects, and returns its result, which may take longer. Rejects only when the
   * command does.
   */
  async after<T>(command: Promise<Committed<T>>): Promise<Awaited<T>> {
    const { result, effects } = await command;
    this.start(effects);
    return await result;
  }

  /** Performs effects one after the other, in the background. One that fails is logged and does not stop the others. */
  start(effects: readonly Effect[]): void {
    const performing = this.performAll(effects);
    this.underWay.add(performing);
    void performing.finally(() => this.underWay.delete(performing));
  }

  /** Performs one effect. Idempotent. Rejects when it did not happen, with `FencedError` when a later epoch is open. */
  async perform(effect: Effect): Promise<void> {
    switch (effect.type) {
      case 'workflow-changed':
        this.changes.announce(effect.ownerId, { workflowId: effect.workflowId, deleted: effect.deleted });
        return;
      case 'cancel-signal':
        await this.control.publishCancel(effect.runId);
        return;
      case 'open-epoch':
        return this.openEpoch(effect);
      case 'dispatch-run':
        return this.dispatcher.dispatch(effect);
      case 'remove-stream':
        return this.removal.remove(effect.workflowId, effect.epoch);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.race([Promise.all(this.underWay), delay(drainMs, undefined, { ref: false })]);
  }

  /** Never rejects. */
  private async performAll(effects: readonly Effect[]): Promise<void> {
    for (const effect of effects) {
      await this.perform(effect).catch((error: unknown) => {
        // Whoever opened the later epoch has published the same, or sends subscribers a snapshot.
        if (error instanceof FencedError) return;
        const { type, runId, workflowId, epoch } = {
          runId: undefined,
          workflowId: undefined,
          epoch: undefined,
          ...effect,
        };
        this.logger.warn({ msg: `${type} failed; a worker will repair it`, runId, workflowId, epoch, err: error });
      });
    }
  }

  private async openEpoch({ workflowId, epoch, ends, events, closes }: OpenEpochEffect): Promise<void> {
    const granted = { workflowId, epoch, reason: 'TAKEOVER', ends } as const;
    if (closes) await this.stream.openAndClose(granted);
    else await (await this.stream.open(granted)).append(events);
    if (ends.length > 0) await this.stranded.markEndsPublished(ends);
  }
}
