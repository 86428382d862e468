import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isTerminalEvent,
  LOCAL_USER_ID,
  type RunId,
  type StatusEvent,
  type StreamEvent,
  type WorkflowId,
} from '#libs/contracts';
import {
  type AgentContext,
  AgentRegistry,
  defineAgent,
  FatalError,
  FencedError,
  type OpenEpochEffect,
  RunExecutor,
  type RunStore,
  type WorkflowStreamWriter,
} from '#libs/engine';
import {
  createDataSource,
  PostgresRunStore,
  PromptSubmission,
  RunCancellation,
  runMigrations,
  StrandedRuns,
  WorkflowReader,
} from '#libs/persistence';
import { createRedis, RedisWorkflowStreamWriter } from '#libs/stream';
import { effectsOn } from '../support/effects.ts';
import { createDatabase, redisUrl, type TestDatabase } from '../support/test-services.ts';

type Services = Awaited<ReturnType<typeof startServices>>;
let services: Services;
let database: TestDatabase;

async function startServices(databaseUrl: string) {
  const dataSource = await createDataSource({ databaseUrl, applicationName: 'holdfast-test' }).initialize();
  await runMigrations(dataSource);
  const redis = createRedis(redisUrl(), 'test', 'command');
  const stream = new RedisWorkflowStreamWriter(redis);
  const effects = effectsOn(stream, dataSource);
  return {
    dataSource,
    redis,
    effects,
    store: new PostgresRunStore(dataSource, (following) => effects.start(following)),
    reader: new WorkflowReader(dataSource),
    submission: new PromptSubmission(dataSource),
    cancellation: new RunCancellation(dataSource),
    stranded: new StrandedRuns(dataSource),
    stream,
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

async function submit(workflowId: WorkflowId | null = null): Promise<Started> {
  const submitted = await services.submission.submit({
    ownerId: LOCAL_USER_ID,
    workflowId,
    prompt: 'Anything',
    agent: 'probe',
    model: null,
    timeZone: null,
    idempotencyKey: null,
  });
  const result = await submitted.result;
  if (result.kind !== 'accepted') throw new Error(result.kind);
  return { runId: result.run.id, workflowId: result.workflow.id };
}

function execute(
  { runId }: Started,
  run: (context: AgentContext) => Promise<void>,
  store: RunStore = services.store,
  stream: WorkflowStreamWriter = services.stream,
): Promise<unknown> {
  const agents = new AgentRegistry([defineAgent('probe', { run })]);
  const executor = new RunExecutor({ store, stream, agents, logger: quiet, hookSecret: 'secret' });
  return executor.execute(runId, new AbortController().signal);
}

/** The terminal events that stand in the log, and the milliseconds that the log has left, or -1 when it has for ever. */
async function endOf({ workflowId }: Started): Promise<{ ends: StatusEvent[]; leftMs: number }> {
  const entries = await services.redis.xrange(keyOf(workflowId), '-', '+');
  const events = entries.flatMap(([, fields]) => JSON.parse(fields[1] ?? '[]') as StreamEvent[]);
  const ends = events.filter(isTerminalEvent);
  expect(events.filter(({ type }) => type !== 'resync-marker').at(-1)).toEqual(ends.at(-1) ?? null);
  return { ends, leftMs: await services.redis.pttl(keyOf(workflowId)) };
}

function keyOf(workflowId: WorkflowId): string {
  return `{wf:${workflowId}}:stream`;
}

/** What the reconciler does about one run, at once. An interrupted one dies before it has recorded what it did. */
async function repair({ runId }: Started, interrupted = false): Promise<'repaired' | 'nothing to do'> {
  const closing = await services.stranded.claimClosing(runId);
  if (!closing) return 'nothing to do';
  if (interrupted) await services.stream.openAndClose({ ...closing, reason: 'TAKEOVER' });
  else await services.effects.perform(closing);
  return 'repaired';
}

/** Makes the next repair due, instead of waiting. */
async function forgetRepairs({ runId }: Started): Promise<void> {
  await services.dataSource.query(`UPDATE runs SET closing_since = NULL WHERE id = $1`, [runId]);
}

/** Leaves to the test when its end is published. */
async function cancel({ runId }: Started): Promise<OpenEpochEffect> {
  const { effects } = await services.cancellation.cancel(LOCAL_USER_ID, runId);
  const publishing = effects.find((effect) => effect.type === 'open-epoch');
  if (!publishing) throw new Error('The cancel opens no epoch.');
  return publishing;
}

/** Whether the place that readers are given for this workflow is one of its log. */
async function cursorIsInLog({ workflowId }: Started): Promise<boolean> {
  const { cursor } = (await services.reader.workflow(LOCAL_USER_ID, workflowId)) ?? {};
  return (await services.redis.xrange(keyOf(workflowId), cursor ?? '', cursor ?? '')).length === 1;
}

/** The same store, for a worker that dies instead of doing one thing. */
function dyingAt(method: 'markStreamClosed'): RunStore {
  // Of all errors, this is the one that the engine does not wait out.
  return withMethod(services.store as RunStore, method, () => Promise.reject(new FencedError('The worker died')));
}

/** The same stream, for a worker that dies instead of appending the end. */
function neverClosing(): WorkflowStreamWriter {
  return {
    openAndClose: (options) => services.stream.openAndClose(options),
    open: async (options) =>
      withMethod(await services.stream.open(options), 'close', () =>
        Promise.reject(new FencedError('The worker died')),
      ),
  };
}

function withMethod<T extends object>(target: T, method: keyof T, replacement: () => Promise<never>): T {
  return new Proxy(target, {
    get(object, name) {
      if (name === method) return replacement;
      const value = Reflect.get(object, name) as unknown;
      return typeof value === 'function' ? value.bind(object) : value;
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
    expect(await repair(started)).toBe('repaired');
    expect((await endOf(started)).ends).toEqual(before.ends);
    expect(await repair(started)).toBe('nothing to do');
  });

  it.each([
    [
      'after the end was appended',
      async (started: Started) => execute(started, async () => undefined, dyingAt('markStreamClosed')),
    ],
    [
      'before the end was appended',
      async (started: Started) => execute(started, async () => undefined, services.store, neverClosing()),
    ],
  ])('ends once when the worker died %s and two repairs were interrupted, each', async (_when, die) => {
    const started = await submit();
    await die(started);
    for (const interrupted of [true, true, false]) {
      expect(await repair(started, interrupted)).toBe('repaired');
      expect(await cursorIsInLog(started)).toBe(true);
      await forgetRepairs(started);
    }
    const { ends, leftMs } = await endOf(started);
    expect(ends).toMatchObject([{ runId: started.runId, runStatus: 'SUCCEEDED', terminal: true }]);
    expect(leftMs).toBeGreaterThan(59 * 60_000);
    expect(await repair(started)).toBe('nothing to do');
  });

  it('tells the end that a dead worker owed when the next run is claimed, before anything of that', async () => {
    const first = await submit();
    await execute(first, async () => undefined, services.store, neverClosing());
    const second = await submit(first.workflowId);
    await execute(second, async () => undefined);
    const { ends } = await endOf(second);
    expect(ends).toMatchObject([
      { runId: first.runId, runStatus: 'SUCCEEDED', status: 'GENERATING' },
      { runId: second.runId, runStatus: 'SUCCEEDED', status: 'IDLE' },
    ]);
    expect(await repair(first)).toBe('nothing to do');
    expect(await repair(second)).toBe('nothing to do');
  });

  it('tells every end once when runs are canceled and submitted faster than the log is opened', async () => {
    const runs = [await submit()];
    const closings: OpenEpochEffect[] = [];
    for (let canceled = 0; canceled < 3; canceled += 1) {
      const run = runs.at(-1) as Started;
      closings.push(await cancel(run));
      runs.push(await submit(run.workflowId));
    }
    const [first, second, third] = closings as [OpenEpochEffect, OpenEpochEffect, OpenEpochEffect];
    await services.effects.perform(second);
    await expect(services.effects.perform(first)).rejects.toBeInstanceOf(FencedError);
    const last = runs.at(-1) as Started;
    await execute(last, async () => undefined);
    await expect(services.effects.perform(third)).rejects.toBeInstanceOf(FencedError);
    expect((await endOf(last)).ends.map(({ runId }) => runId)).toEqual(runs.map(({ runId }) => runId));
    for (const run of runs) expect(await repair(run)).toBe('nothing to do');
  });

  it('ends at the moment at which an epoch is opened for its end: there is no entry between the two', async () => {
    const canceled = await submit();
    const closing = await cancel(canceled);
    await services.effects.perform(closing);
    const rows = await services.redis.xrange(keyOf(canceled.workflowId), '-', '+');
    expect(rows.map(([id]) => id)).toEqual([`${closing.epoch}-0`]);
    expect(await cursorIsInLog(canceled)).toBe(true);
    const { ends, leftMs } = await endOf(canceled);
    expect(ends).toMatchObject([{ runStatus: 'CANCELED', status: 'IDLE' }]);
    expect(leftMs).toBeGreaterThan(59 * 60_000);
  });

  it('ends when a claim finds the attempts used up', async () => {
    const started = await submit();
    for (let lost = 0; lost < 3; lost += 1) await services.store.claimRun(started.runId);
    await execute(started, async () => undefined);
    await services.effects.beforeApplicationShutdown();
    const { ends } = await endOf(started);
    expect(ends).toMatchObject([{ runStatus: 'FAILED', error: { code: 'ATTEMPTS_EXHAUSTED' } }]);
    expect(await repair(started)).toBe('nothing to do');
  });

  it('is ended by the reconciler when Redis lost it', async () => {
    const started = await submit();
    await execute(started, async () => undefined, dyingAt('markStreamClosed'));
    await services.redis.del(`{wf:${started.workflowId}}:stream`, `{wf:${started.workflowId}}:meta`);
    expect(await repair(started)).toBe('repaired');
    expect((await endOf(started)).ends).toMatchObject([{ runId: started.runId, runStatus: 'SUCCEEDED' }]);
  });

  it('is ended once although two reconcilers repair at the same time', async () => {
    const started = await submit();
    await execute(started, async () => undefined, dyingAt('markStreamClosed'));
    await services.redis.del(`{wf:${started.workflowId}}:stream`, `{wf:${started.workflowId}}:meta`);
    const repairs = await Promise.all([repair(started), repair(started), repair(started)]);
    expect(repairs.sort()).toEqual(['nothing to do', 'nothing to do', 'repaired']);
    expect((await endOf(started)).ends).toHaveLength(1);
  });
});
