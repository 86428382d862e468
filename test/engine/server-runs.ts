/**
 * Runs of a probe agent on a real Postgres and a real Redis, in this process: for what depends on them, and for whole runs
 * whose engine's share is proved in memory.
 */
import {
  type ChunkRange,
  chunksIn,
  type JsonValue,
  LOCAL_USER_ID,
  type MessageSegment,
  type RunId,
  type StreamEvent,
  type UIMessageChunk,
  type UserId,
} from '#libs/contracts';
import type { Committed, Effect } from '#libs/engine';
import {
  createDataSource,
  type HookPlace,
  HookResolution,
  PostgresRunStore,
  PromptSubmission,
  RunCancellation,
  RunRetry,
  runMigrations,
  StrandedRuns,
  WorkflowReader,
} from '#libs/persistence';
import { createRedis, RedisWorkflowStreamWriter } from '#libs/stream';
import { effectsOn } from '../support/effects.ts';
import { createDatabase, redisUrl } from '../support/test-services.ts';
import { executorsOn, type ProbeRuns } from './probe-runs.ts';

export type ServerRuns = Awaited<ReturnType<typeof startServerRuns>>;

export async function startServerRuns() {
  const database = await createDatabase();
  const dataSource = await createDataSource({
    databaseUrl: database.url,
    applicationName: 'holdfast-test',
  }).initialize();
  await runMigrations(dataSource);
  const redis = createRedis(redisUrl(), 'test', 'command');
  const stream = new RedisWorkflowStreamWriter(redis);
  const performer = effectsOn(stream, dataSource);
  const store = new PostgresRunStore(dataSource, (following) => performer.start(following));
  const reader = new WorkflowReader(dataSource);
  const submission = new PromptSubmission(dataSource);
  const retrying = new RunRetry(dataSource);
  const effects: Effect[] = [];
  const after = async <T>(command: Promise<Committed<T>>): Promise<T> => {
    const committed = await command;
    effects.push(...committed.effects);
    return committed.result;
  };
  const cancellation = {
    cancel: (owner: UserId, runId: RunId) => after(new RunCancellation(dataSource).cancel(owner, runId)),
  };
  const hooks = {
    resolve: (place: HookPlace, payload: JsonValue, by: UserId | null) =>
      after(new HookResolution(dataSource).resolve(place, payload, by)),
  };
  const page = { first: 100, after: null };

  return {
    dataSource,
    redis,
    reader,
    /** Of cancels, retries and answers, in their order. Nobody performs them. */
    effects,
    performed: () => performer.beforeApplicationShutdown(),
    cancellation,
    hooks,
    stranded: new StrandedRuns(dataSource),
    store,
    stream,
    ...executorsOn(store, stream),
    submit: async (prompt = 'Anything') => {
      const submitted = await submission.submit({
        ownerId: LOCAL_USER_ID,
        workflowId: null,
        prompt,
        agent: 'probe',
        model: null,
        timeZone: null,
        idempotencyKey: null,
      });
      const result = await submitted.result;
      if (result.kind !== 'accepted') throw new Error(result.kind);
      return { runId: result.run.id, workflowId: result.workflow.id };
    },
    cancel: async (runId) => {
      const { kind } = await cancellation.cancel(LOCAL_USER_ID, runId);
      if (kind !== 'canceled') throw new Error(`The run was not canceled: ${kind}.`);
    },
    retry: async (runId) => {
      const { kind } = await after(retrying.retry(LOCAL_USER_ID, runId));
      if (kind !== 'accepted') throw new Error(`The run was not retried: ${kind}.`);
    },
    answer: async (runId, name, payload) => {
      const hook = (await reader.hooks(LOCAL_USER_ID, runId)).findLast((one) => one.name === name);
      if (!hook) throw new Error(`The run has asked for no "${name}".`);
      const { kind } = await hooks.resolve({ ownerId: LOCAL_USER_ID, hookId: hook.id }, payload, LOCAL_USER_ID);
      if (kind !== 'resolved') throw new Error(`The hook was not answered: ${kind}.`);
    },
    endWaits: async (runId) => {
      await dataSource.query(`UPDATE steps SET wake_at = clock_timestamp() WHERE run_id = $1`, [runId]);
      await dataSource.query(
        `UPDATE hooks SET expires_at = clock_timestamp() WHERE run_id = $1 AND expires_at IS NOT NULL`,
        [runId],
      );
    },
    runOf: async (runId) => {
      const run = await reader.run(LOCAL_USER_ID, runId);
      if (!run) throw new Error('The run is gone.');
      return run;
    },
    workflowOf: async (workflowId) => {
      const snapshot = await reader.workflowSnapshot(LOCAL_USER_ID, workflowId);
      const answer = snapshot?.messages.findLast(({ role }) => role === 'assistant');
      if (!snapshot || !answer) throw new Error('The workflow is gone.');
      return { ...snapshot.workflow, chunks: answer.chunks };
    },
    stepsOf: async (runId) => (await reader.steps(LOCAL_USER_ID, runId, page)).rows,
    triesOf: async (runId) => {
      const [step] = (await reader.steps(LOCAL_USER_ID, runId, page)).rows;
      return [...(await reader.stepAttempts(step ? [step.id] : [])).values()].flat();
    },
    settledChunks: async (runId) => {
      const segments = await dataSource.query<MessageSegment[]>(
        `SELECT first_index::integer AS index, chunk_count AS count, message_segments.chunks, pieces
           FROM message_segments JOIN messages ON messages.id = message_id WHERE run_id = $1 ORDER BY first_index`,
        [runId],
      );
      const rows = await dataSource.query<{ chunks: UIMessageChunk[] | ChunkRange }[]>(
        'SELECT chunks FROM steps WHERE run_id = $1 AND commit_position IS NOT NULL ORDER BY commit_position',
        [runId],
      );
      return rows.flatMap(({ chunks }) => (Array.isArray(chunks) ? chunks : chunksIn(segments, [chunks]).flat()));
    },
    historyOf: async (runId) => (await reader.runEvents(LOCAL_USER_ID, runId, page)).rows.map(({ type }) => type),
    hooksOf: (runId) => reader.hooks(LOCAL_USER_ID, runId),
    streamed: async (workflowId) => {
      const [key] = await redis.keys(`*${workflowId}*stream*`);
      const entries = await redis.xrange(key ?? '', '-', '+');
      return entries.flatMap(([, fields]) =>
        fields.filter((field) => field.startsWith('[')).flatMap((text): StreamEvent[] => JSON.parse(text)),
      );
    },
    close: async () => {
      redis.disconnect();
      await dataSource.destroy();
      await database.drop();
    },
  } satisfies ProbeRuns & Record<string, unknown>;
}
