/**
 * Workflows fed by the benchmark instead of a worker: an accepted prompt, a claimed run, its epoch open in Redis, and
 * whatever the benchmark appends. All classes are the same as in a worker; only the model and the engine are left out, so
 * that only the stream is measured.
 */
import type { Redis } from 'ioredis';
import {
  ChunkCompactor,
  type Cursor,
  cursorAt,
  encodeCursor,
  LOCAL_USER_ID,
  type UIMessageChunk,
  type WorkflowId,
} from '#libs/contracts';
import type { EpochWriter, RunClaim } from '#libs/engine';
import { createDataSource, PostgresRunStore, PromptSubmission } from '#libs/persistence';
import { closeRedis, createRedis, RedisWorkflowStreamWriter } from '#libs/stream';
import { plainChunk } from './chunk-source.ts';

export interface FedWorkflow {
  workflowId: WorkflowId;
  /** A client's cursor right after the opening of the run: everything appended follows it. */
  beginning: string;
  append(chunks: UIMessageChunk[]): Promise<Cursor>;
  /** Stores the current message, as a worker does twice a second. */
  checkpoint(): Promise<void>;
}

export class WorkflowFeeder {
  readonly redis: Redis;
  private readonly writer: RedisWorkflowStreamWriter;
  private readonly submission: PromptSubmission;
  private readonly store: PostgresRunStore;
  private readonly release: () => Promise<void>;

  private constructor(redis: Redis, dataSource: Awaited<ReturnType<typeof openDatabase>>) {
    this.redis = redis;
    this.writer = new RedisWorkflowStreamWriter(redis);
    this.submission = new PromptSubmission(dataSource);
    this.store = new PostgresRunStore(dataSource, () => undefined);
    this.release = () => dataSource.destroy();
  }

  static async connect(databaseUrl: string, redisUrl: string): Promise<WorkflowFeeder> {
    const dataSource = await openDatabase(databaseUrl);
    return new WorkflowFeeder(createRedis(redisUrl, 'bench', 'command'), dataSource);
  }

  async newWorkflow(): Promise<FedWorkflow> {
    const { result: accepted } = await this.submission.submit({
      ownerId: LOCAL_USER_ID,
      workflowId: null,
      prompt: 'Write for a while.',
      agent: 'workflow-builder',
      model: null,
      timeZone: null,
      idempotencyKey: null,
    });
    if (accepted.kind !== 'accepted') throw new Error(`The prompt was not accepted: ${accepted.kind}`);
    const claimed = await this.store.claimRun(accepted.run.id);
    if (claimed.kind !== 'claimed') throw new Error(`The run was not claimed: ${claimed.kind}`);
    return this.open(claimed.run.claim, claimed.run.chunks);
  }

  /** A workflow whose log contains `count` deltas, `perEntry` to an entry, and whose checkpoint is slightly older. */
  async filledWorkflow(count: number, perEntry: number): Promise<FedWorkflow> {
    const workflow = await this.newWorkflow();
    await workflow.append([{ type: 'start-step' }, { type: 'text-start', id: 'text-1' }]);
    const lastOfCheckpoint = count - 64;
    for (let from = 0; from < count; from += perEntry) {
      const chunks = Array.from({ length: Math.min(perEntry, count - from) }, (_, at) => plainChunk(from + at + 1));
      // Waiting for each keeps entries at the requested size: queued chunks would be combined.
      await workflow.append(chunks);
      if (from < lastOfCheckpoint && from + perEntry >= lastOfCheckpoint) await workflow.checkpoint();
    }
    return workflow;
  }

  async close(): Promise<void> {
    await closeRedis(this.redis);
    await this.release();
  }

  private async open(claim: RunClaim, stored: UIMessageChunk[]): Promise<FedWorkflow> {
    const { workflowId, epoch, messageId, runId } = claim;
    const compactor = new ChunkCompactor(stored);
    const writer: EpochWriter = await this.writer.open({ workflowId, epoch, reason: 'RUN_STARTED', ends: [] });
    return {
      workflowId,
      beginning: encodeCursor(workflowId, cursorAt(epoch, 0)),
      append: (chunks) => {
        compactor.push(chunks);
        return writer.append([{ type: 'chunks', messageId, runId, chunks }]);
      },
      checkpoint: async () => {
        await writer.flush();
        await this.store.checkpoint(claim, { chunks: compactor.toChunks(), cursor: writer.cursor });
      },
    };
  }
}

function openDatabase(databaseUrl: string) {
  return createDataSource({ databaseUrl, applicationName: 'holdfast-bench' }).initialize();
}
