/**
 * The engine in this process, on the same adapters as in a worker: real Postgres, real Redis, the simulator of a test
 * system.
 */
import type { RunId, WorkflowId } from '#libs/contracts';
import { LOCAL_USER_ID } from '#libs/contracts';
import { type AgentContext, AgentRegistry, type AttemptResult, defineAgent, RunExecutor } from '#libs/engine';
import { createDataSource, PostgresRunStore, PromptSubmission } from '#libs/persistence';
import { closeRedis, createRedis, RedisWorkflowStreamWriter } from '#libs/stream';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const AGENT = 'bench';

export class EngineServices {
  private readonly redis: ReturnType<typeof createRedis>;
  private readonly dataSource: Awaited<ReturnType<typeof openDatabase>>;
  private readonly submission: PromptSubmission;
  private readonly store: PostgresRunStore;

  private constructor(redisUrl: string, dataSource: Awaited<ReturnType<typeof openDatabase>>) {
    this.redis = createRedis(redisUrl, 'bench-engine', 'command');
    this.dataSource = dataSource;
    this.submission = new PromptSubmission(dataSource);
    this.store = new PostgresRunStore(dataSource, () => undefined);
  }

  static async connect(databaseUrl: string, redisUrl: string): Promise<EngineServices> {
    return new EngineServices(redisUrl, await openDatabase(databaseUrl));
  }

  /** @param workflowId the workflow to continue; a new one when absent */
  async submit(workflowId: WorkflowId | null = null): Promise<RunId> {
    const submitted = await this.submission.submit({
      ownerId: LOCAL_USER_ID,
      workflowId,
      prompt: 'Anything',
      agent: AGENT,
      model: null,
      timeZone: null,
      idempotencyKey: null,
    });
    const result = await submitted.result;
    if (result.kind !== 'accepted') throw new Error(`The prompt was not accepted: ${result.kind}`);
    return result.run.id;
  }

  executor(run: (context: AgentContext) => Promise<void>): RunExecutor {
    const { store } = this;
    const stream = new RedisWorkflowStreamWriter(this.redis);
    const agents = new AgentRegistry([defineAgent(AGENT, { run })]);
    return new RunExecutor({ store, stream, agents, logger: quiet, hookSecret: 'benchmark' });
  }

  /** The cost of one commit: the lower bound of every step. */
  async smallestWrite(): Promise<() => Promise<boolean>> {
    const claimed = await this.store.claimRun(await this.submit());
    if (claimed.kind !== 'claimed') throw new Error(`The run was not claimed: ${claimed.kind}`);
    return () => this.store.holds(claimed.run.claim);
  }

  query<Row>(statement: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.dataSource.query(statement, [...values]);
  }

  async close(): Promise<void> {
    await closeRedis(this.redis);
    await this.dataSource.destroy();
  }
}

/** Executes a run that nobody stops and that must succeed. */
export async function executeToTheEnd(executor: RunExecutor, runId: RunId): Promise<void> {
  const result: AttemptResult = await executor.execute(runId, new AbortController().signal);
  if (result.kind !== 'finished' || result.status !== 'SUCCEEDED') {
    throw new Error(`The run did not succeed: ${JSON.stringify(result)}`);
  }
}

function openDatabase(databaseUrl: string) {
  return createDataSource({ databaseUrl, poolSize: 22, applicationName: 'holdfast-bench' }).initialize();
}
