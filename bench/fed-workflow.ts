/**
 * Workflows fed by the benchmark instead of a worker: an accepted prompt, a claimed run, its epoch open in Redis, and
 * whatever the benchmark appends. All classes are the same as in a worker; only the model and the engine are left out, so
 * that only the stream is measured.
 */
import type { Redis } from 'ioredis';
import {
  type Cursor,
  compactChunks,
  cursorAt,
  encodeCursor,
  LOCAL_USER_ID,
  segmentOf,
  textOf,
  type UIMessageChunk,
  type WorkflowId,
} from '#libs/contracts';
import type { ClaimedRun, EpochWriter } from '#libs/engine';
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
  /** Stores everything appended as the result of one step, and ends the run. */
  finish(): Promise<void>;
}

export class WorkflowFeeder {
  readonly redis: Redis;
  private readonly writer: RedisWorkflowStreamWriter;
  private readonly submission: PromptSubmission;
  private readonly store: PostgresRunStore;
  private readonly dataSource: Awaited<ReturnType<typeof openDatabase>>;

  private constructor(redis: Redis, dataSource: Awaited<ReturnType<typeof openDatabase>>) {
    this.dataSource = dataSource;
    this.redis = redis;
    this.writer = new RedisWorkflowStreamWriter(redis);
    this.submission = new PromptSubmission(dataSource);
    this.store = new PostgresRunStore(dataSource, () => undefined);
  }

  static async connect(databaseUrl: string, redisUrl: string): Promise<WorkflowFeeder> {
    const dataSource = await openDatabase(databaseUrl);
    return new WorkflowFeeder(createRedis(redisUrl, 'bench', 'command'), dataSource);
  }

  async newWorkflow(): Promise<FedWorkflow> {
    const submitted = await this.submission.submit({
      ownerId: LOCAL_USER_ID,
      workflowId: null,
      prompt: 'Write for a while.',
      agent: 'workflow-builder',
      model: null,
      timeZone: null,
      idempotencyKey: null,
    });
    const accepted = await submitted.result;
    if (accepted.kind !== 'accepted') throw new Error(`The prompt was not accepted: ${accepted.kind}`);
    const claimed = await this.store.claimRun(accepted.run.id);
    if (claimed.kind !== 'claimed') throw new Error(`The run was not claimed: ${claimed.kind}`);
    return this.open(claimed.run);
  }

  /** How many bytes Postgres has written to its log so far. */
  async walBytes(): Promise<number> {
    const [row] = await this.dataSource.query<{ bytes: string }[]>(
      `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS bytes`,
    );
    return Number(row?.bytes);
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
    await this.dataSource.destroy();
  }

  private async open({ claim, nextIndex }: ClaimedRun): Promise<FedWorkflow> {
    const { workflowId, epoch, messageId, runId } = claim;
    const appended: UIMessageChunk[] = [];
    let fresh: UIMessageChunk[] = [];
    const checkpoint = async () => {
      await writer.flush();
      const segments = fresh.length === 0 ? [] : [segmentOf(index, fresh)];
      index += fresh.length;
      fresh = [];
      return { segments, cursor: writer.cursor };
    };
    const writer: EpochWriter = await this.writer.open({
      workflowId,
      epoch,
      reason: 'RUN_STARTED',
      ends: [],
      nextIndex,
    });
    let index = writer.nextIndex;
    return {
      workflowId,
      beginning: encodeCursor(workflowId, cursorAt(epoch, 0)),
      append: (chunks) => {
        appended.push(...chunks);
        fresh.push(...chunks);
        return writer.append([{ type: 'chunks', messageId, runId, chunks }]);
      },
      finish: async () => {
        const start = { name: 'model', occurrence: 0, kind: 'MODEL_CALL', input: null, inputHash: '' } as const;
        const { step } = await this.store.startStep(claim, start);
        const last = await checkpoint();
        const result = { output: textOf(appended), chunks: { from: nextIndex, to: index }, usage: null };
        await this.store.completeStep(claim, step.id, result, last);
        const message = { ...last, chunks: compactChunks([{ type: 'start', messageId }, ...appended]) };
        await this.store.finishRun(claim, { status: 'SUCCEEDED', title: null, saveRevision: false }, message);
      },
      checkpoint: async () => {
        await this.store.checkpoint(claim, await checkpoint());
      },
    };
  }
}

function openDatabase(databaseUrl: string) {
  return createDataSource({ databaseUrl, applicationName: 'holdfast-bench' }).initialize();
}
