import { simulateReadableStream } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, limits, type RunId, type StatusEvent, type WorkflowId } from '#libs/contracts';
import {
  type AgentContext,
  AgentRegistry,
  defineAgent,
  FatalError,
  FencedError,
  RunExecutor,
  type RunStore,
} from '#libs/engine';
import {
  createDataSource,
  PostgresRunStore,
  PromptSubmission,
  runMigrations,
  StrandedRuns,
  WorkflowReader,
} from '#libs/persistence';
import { createRedis, RedisWorkflowStreamWriter } from '#libs/stream';
import { createDatabase, redisUrl, type TestDatabase } from '../support/test-services.ts';

type Services = Awaited<ReturnType<typeof startServices>>;
let services: Services;
let database: TestDatabase;

async function startServices(databaseUrl: string) {
  const dataSource = await createDataSource({ databaseUrl, applicationName: 'holdfast-test' }).initialize();
  await runMigrations(dataSource);
  const redis = createRedis(redisUrl(), 'test', 'command');
  return {
    dataSource,
    redis,
    store: new PostgresRunStore(dataSource),
    reader: new WorkflowReader(dataSource),
    submission: new PromptSubmission(dataSource),
    stranded: new StrandedRuns(dataSource),
    stream: new RedisWorkflowStreamWriter(redis),
  };
}

beforeAll(async () => {
  database = await createDatabase();
  services = await startServices(database.url);
});

afterAll(async () => {
  services?.redis.disconnect();
  await services?.dataSource.destroy();
  await database?.drop();
});

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Started {
  runId: RunId;
  workflowId: WorkflowId;
}

async function submit(): Promise<Started> {
  const result = await services.submission.submit({
    ownerId: LOCAL_USER_ID,
    workflowId: null,
    prompt: 'Anything',
    agent: 'probe',
    model: null,
    idempotencyKey: null,
  });
  if (result.kind !== 'accepted') throw new Error(result.kind);
  return { runId: result.run.id, workflowId: result.workflow.id };
}

function execute(
  { runId }: Started,
  run: (context: AgentContext) => Promise<void>,
  store: RunStore = services.store,
): Promise<unknown> {
  const agents = new AgentRegistry([defineAgent('probe', { run })]);
  const executor = new RunExecutor({ store, stream: services.stream, agents, logger: quiet, hookSecret: 'secret' });
  return executor.execute(runId, new AbortController().signal);
}

/** The terminal events that stand in the log, and the milliseconds that the log has left, or -1 when it has for ever. */
async function endOf({ workflowId }: Started): Promise<{ ends: StatusEvent[]; leftMs: number }> {
  const entries = await services.redis.xrange(keyOf(workflowId), '-', '+');
  const events = entries.flatMap(([, fields]) => JSON.parse(fields[1] ?? '[]') as StatusEvent[]);
  const ends = events.filter((event) => event.type === 'status' && event.terminal);
  expect(events.at(-1)).toEqual(ends.at(-1) ?? null);
  return { ends, leftMs: await services.redis.pttl(keyOf(workflowId)) };
}

function keyOf(workflowId: WorkflowId): string {
  return `{wf:${workflowId}}:stream`;
}

/** What the reconciler does about one run, at once. */
async function repair({ runId }: Started): Promise<'appended' | 'stood there' | 'nothing to do'> {
  const closing = await services.stranded.claimClosing(runId);
  if (!closing) return 'nothing to do';
  const { workflowId, epoch, endedEpoch, event } = closing;
  const writer = await services.stream.openToClose({ workflowId, epoch, reason: 'TAKEOVER' }, endedEpoch);
  const cursor = writer ? await writer.close([event]) : null;
  await services.stranded.markStreamClosed(runId, epoch, cursor);
  return writer ? 'appended' : 'stood there';
}

/** The same store, for a worker that dies instead of doing one thing. */
function dyingAt(method: 'markStreamClosed'): RunStore {
  return new Proxy(services.store as RunStore, {
    get(store, name) {
      // Of all errors, this is the one that the engine does not wait out.
      if (name === method) return () => Promise.reject(new FencedError('The worker died'));
      const value = Reflect.get(store, name) as unknown;
      return typeof value === 'function' ? value.bind(store) : value;
    },
  });
}

describe('the log of a run', () => {
  it.each([
    ['SUCCEEDED', async () => undefined],
    ['FAILED', async () => Promise.reject(new FatalError('GRAPH_INVALID'))],
  ])('that ended as %s ends with one terminal event, and is kept for an hour', async (status, run) => {
    const started = await submit();
    await execute(started, run);
    const { ends, leftMs } = await endOf(started);
    expect(ends).toMatchObject([{ runId: started.runId, runStatus: status, terminal: true }]);
    expect(leftMs).toBeGreaterThan(59 * 60_000);
    expect(leftMs).toBeLessThanOrEqual(60 * 60_000);
    expect(await repair(started)).toBe('nothing to do');
  });

  it('is kept for good while the run goes on', async () => {
    const started = await submit();
    let leftMs: number | null = null;
    await execute(started, async (context) => {
      await context.step('look', async () => {
        leftMs = await services.redis.pttl(keyOf(started.workflowId));
        return null;
      });
    });
    expect(leftMs).toBe(-1);
  });

  it('does not end twice when the worker died after the end was appended and before that was recorded', async () => {
    const started = await submit();
    await execute(started, async () => undefined, dyingAt('markStreamClosed'));
    const before = await endOf(started);
    expect(before.ends).toHaveLength(1);
    expect(await repair(started)).toBe('stood there');
    expect((await endOf(started)).ends).toEqual(before.ends);
    expect(await repair(started)).toBe('nothing to do');
  });

  it('is ended by the reconciler when Redis lost it', async () => {
    const started = await submit();
    await execute(started, async () => undefined, dyingAt('markStreamClosed'));
    await services.redis.del(`{wf:${started.workflowId}}:stream`, `{wf:${started.workflowId}}:meta`);
    expect(await repair(started)).toBe('appended');
    expect((await endOf(started)).ends).toMatchObject([{ runId: started.runId, runStatus: 'SUCCEEDED' }]);
  });

  it('is ended once although two reconcilers repair at the same time', async () => {
    const started = await submit();
    await execute(started, async () => undefined, dyingAt('markStreamClosed'));
    await services.redis.del(`{wf:${started.workflowId}}:stream`, `{wf:${started.workflowId}}:meta`);
    const repairs = await Promise.all([repair(started), repair(started), repair(started)]);
    expect(repairs.sort()).toEqual(['appended', 'nothing to do', 'nothing to do']);
    expect((await endOf(started)).ends).toHaveLength(1);
  });
});

describe('an answer without end', () => {
  /** A model that answers with deltas of this size. */
  function modelOf(deltaBytes: number, deltas: number) {
    const delta = 'x'.repeat(deltaBytes);
    return new MockLanguageModelV4({
      doStream: async () => ({
        stream: simulateReadableStream({
          chunks: [
            { type: 'stream-start' as const, warnings: [] },
            { type: 'text-start' as const, id: '0' },
            ...Array.from({ length: deltas }, () => ({ type: 'text-delta' as const, id: '0', delta })),
            { type: 'text-end' as const, id: '0' },
          ],
        }),
      }),
    });
  }

  it.each([
    ['one chunk larger than a chunk may be', limits.chunkBytes, 1],
    ['a step larger than a step may be', limits.chunkBytes / 2, 2 * (limits.stepBytes / limits.chunkBytes) + 1],
  ])('ends the run as OUTPUT_LIMIT, at once and once: %s', async (_what, deltaBytes, deltas) => {
    const model = modelOf(deltaBytes, deltas);
    const started = await submit();
    await execute(started, async (context) => {
      const messages = [{ role: 'user' as const, content: 'Go on for ever.' }];
      await context.generate({ model, instructions: '', messages, tools: {}, maxSteps: 1 });
    });
    const run = await services.reader.run(LOCAL_USER_ID, started.runId);
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'OUTPUT_LIMIT' } });
    expect((await endOf(started)).ends).toMatchObject([{ runStatus: 'FAILED', error: { code: 'OUTPUT_LIMIT' } }]);
    expect(model.doStreamCalls).toHaveLength(1);
  });
});
