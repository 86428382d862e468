/**
 * Finds logs that are ahead of Postgres because it was restored from a backup, and replaces them, so that subscribers get a
 * snapshot. This covers logs with subscribers; commands and workers check theirs when they open one.
 */
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { cursorParts, type WorkflowId } from '#libs/contracts';
import { PostgresEpochGrants, StrandedRuns } from '#libs/persistence';
import { type LogReplacementResult, RedisWorkflowStreamWriter, StreamRemoval, WorkflowTails } from '#libs/stream';

/** How often the logs with subscribers are compared. A new subscription compares at once; this is for the existing ones. */
const compareMs = 5_000;

@Injectable()
export class LogReplacement implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(LogReplacement.name);
  private timer: NodeJS.Timeout | null = null;
  private comparing = false;
  private readonly replacing = new Map<WorkflowId, Promise<LogReplacementResult>>();

  constructor(
    private readonly grants: PostgresEpochGrants,
    private readonly stranded: StrandedRuns,
    private readonly stream: RedisWorkflowStreamWriter,
    private readonly removal: StreamRemoval,
    private readonly tails: WorkflowTails,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.compareWatched(), compareMs).unref();
  }

  onModuleDestroy(): void {
    if (this.timer) clearInterval(this.timer);
  }

  /** Replaces a log whose open epoch was never granted. Concurrent calls for one log replace it once. Never rejects. */
  replace(workflowId: WorkflowId, open: number): Promise<LogReplacementResult> {
    const known = this.replacing.get(workflowId);
    if (known) return known;
    const replaced = this.replaceNow(workflowId, open)
      .catch((error: unknown): LogReplacementResult => {
        this.logger.warn({ msg: 'a log that is ahead of Postgres was not replaced', workflowId, err: error });
        return 'left';
      })
      .finally(() => this.replacing.delete(workflowId));
    this.replacing.set(workflowId, replaced);
    return replaced;
  }

  private async replaceNow(workflowId: WorkflowId, open: number): Promise<LogReplacementResult> {
    const result = await this.grants.grantUnheldBeyond(workflowId, open);
    if (result.kind !== 'granted') return result.kind === 'held' ? 'left' : result.kind;
    const { granted } = result;
    await this.stream.replaceLog(granted, open);
    await this.stranded.markEndsPublished(granted.ends);
    this.logger.warn({ msg: 'replaced a log that was ahead of Postgres', workflowId, open, epoch: granted.epoch });
    return 'replaced';
  }

  /** Never rejects. Rounds do not overlap. */
  private async compareWatched(): Promise<void> {
    if (this.comparing) return;
    this.comparing = true;
    try {
      // The logs' epochs are read before Postgres: in a consistent history, an epoch is granted before a log has it.
      const { positions } = this.tails;
      if (positions.length === 0) return;
      const granted = await this.grants.latestEpochs(positions.map(({ workflowId }) => workflowId));
      for (const { workflowId, last } of positions) {
        const { epoch: open } = cursorParts(last);
        const epoch = granted.get(workflowId);
        if (epoch === undefined) await this.removal.remove(workflowId, open + 1);
        else if (open > epoch) await this.replace(workflowId, open);
      }
    } catch (error) {
      this.logger.warn({ msg: 'logs were not compared with Postgres; the next round will', err: error });
    } finally {
      this.comparing = false;
    }
  }
}
