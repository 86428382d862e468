import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModelProvider, type ModelProvider } from '#libs/agents';
import { LOCAL_USER_ID, type RunId } from '#libs/contracts';
import { type AgentDefinition, AgentRegistry, type Duration, RunExecutor } from '#libs/engine';
import {
  createDataSource,
  HookResolution,
  PostgresRunStore,
  PromptSubmission,
  runMigrations,
  WorkflowReader,
} from '#libs/persistence';
import { startSimulator } from '#libs/simulator';
import { createRedis, RedisWorkflowStreamWriter } from '#libs/stream';
import { createDatabase, redisUrl, type TestDatabase } from '../support/test-services.ts';
import { until } from '../support/until.ts';
import { writeGuideFiles } from './guide-files.ts';

interface GuideModule {
  createMealPlanner(options: {
    model: ModelProvider;
    remindAfter: Duration;
    order(idempotencyKey: string): Promise<string>;
  }): AgentDefinition;
}

let folder: string;
let database: TestDatabase;
let services: Awaited<ReturnType<typeof startServices>>;
let createMealPlanner: GuideModule['createMealPlanner'];

async function startServices(databaseUrl: string) {
  const dataSource = await createDataSource({ databaseUrl, applicationName: 'holdfast-test' }).initialize();
  await runMigrations(dataSource);
  const simulator = await startSimulator({ tokensPerSecond: 0, seed: '1' });
  const model = createModelProvider({
    choice: {
      provider: 'openai',
      api: 'responses',
      model: 'simulator',
      access: { apiKey: 'any', baseUrl: simulator.baseUrl },
    },
    simulated: true,
  });
  return { dataSource, simulator, model, redis: createRedis(redisUrl(), 'test', 'command') };
}

beforeAll(async () => {
  folder = await writeGuideFiles('docs/guides/write-an-agent.md');
  ({ createMealPlanner } = (await import(pathToFileURL(join(folder, 'meal-planner.agent.ts')).href)) as GuideModule);
  database = await createDatabase();
  services = await startServices(database.url);
});

afterAll(async () => {
  services?.redis.disconnect();
  await services?.simulator.close();
  await services?.dataSource.destroy();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const never = () => new AbortController().signal;

/** What a worker is to a run; each call is another worker. */
function executor(orders: string[]): RunExecutor {
  const agent = createMealPlanner({
    model: services.model,
    remindAfter: '200ms',
    order: async (key) => {
      orders.push(key);
      return `receipt ${orders.length}`;
    },
  });
  return new RunExecutor({
    store: new PostgresRunStore(services.dataSource, () => undefined),
    stream: new RedisWorkflowStreamWriter(services.redis),
    agents: new AgentRegistry([agent]),
    logger: quiet,
    hookSecret: 'the secret of the test',
  });
}

async function startRun(): Promise<RunId> {
  const submitted = await new PromptSubmission(services.dataSource).submit({
    ownerId: LOCAL_USER_ID,
    workflowId: null,
    prompt: 'A light dinner for four',
    agent: 'meal-planner',
    model: null,
    timeZone: null,
    idempotencyKey: null,
  });
  const result = await submitted.result;
  if (result.kind !== 'accepted') throw new Error(result.kind);
  return result.run.id;
}

async function answer(runId: RunId, approved: boolean): Promise<void> {
  const hooks = await new WorkflowReader(services.dataSource).hooks(LOCAL_USER_ID, runId);
  const [hook] = hooks;
  if (!hook) throw new Error('The run has no hook.');
  const resolution = new HookResolution(services.dataSource);
  const { result } = await resolution.resolve({ ownerId: LOCAL_USER_ID, hookId: hook.id }, { approved }, LOCAL_USER_ID);
  expect(result.kind).toBe('resolved');
}

async function statusOf(runId: RunId): Promise<string | undefined> {
  return (await new WorkflowReader(services.dataSource).run(LOCAL_USER_ID, runId))?.status;
}

/** Delivers the run again and again, each time to a new executor, as the reconciler does while something is due. */
async function deliverUntilOver(runId: RunId, orders: string[]): Promise<void> {
  await until(async () => {
    await executor(orders).execute(runId, never());
    return (await statusOf(runId)) === 'SUCCEEDED';
  }, 'the run succeeds');
}

describe('the agent of the guide', () => {
  it('waits for its approval, orders once, sleeps and ends, on a new worker each time', async () => {
    const orders: string[] = [];
    const runId = await startRun();
    await executor(orders).execute(runId, never());
    expect(await statusOf(runId)).toBe('WAITING');
    expect(orders).toEqual([]);
    await answer(runId, true);
    await deliverUntilOver(runId, orders);
    expect(orders).toEqual([`${runId}:order`]);
  });

  it('orders nothing when nobody approves', async () => {
    const orders: string[] = [];
    const runId = await startRun();
    await executor(orders).execute(runId, never());
    await answer(runId, false);
    await deliverUntilOver(runId, orders);
    expect(orders).toEqual([]);
  });
});
