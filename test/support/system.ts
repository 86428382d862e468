/**
 * The whole system as processes: api, workers and simulator with their own database and Redis. Suites use it over HTTP and
 * WebSocket only.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { freePort } from '../../tools/services/ports.ts';
import { GraphqlApi } from './graphql-api.ts';
import { ManagedProcess } from './managed-process.ts';
import { RedisServer } from './redis-server.ts';
import { RunEvidence, type SimulatedRequest } from './run-evidence.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { createDatabase, roleUrls, type TestDatabase } from './test-services.ts';
import { until } from './until.ts';

export interface SystemOptions {
  /** 0 streams without delay. */
  tokensPerSecond?: number;
  workers?: number;
  /** Added to the environment of every process. */
  environment?: Record<string, string>;
  /** Added only to the environment of the api. */
  apiEnvironment?: Record<string, string>;
  /** Connects the apps to Redis, the model and the catalogue through `links`, which the suite can cut. */
  links?: boolean;
  /** A database of the suite's own; dropped with the system. */
  database?: TestDatabase;
  /** The URL for the apps, if different from the suite's. */
  appDatabaseUrl?: string;
  /** A Redis to use instead of the system's own; the caller stops it. */
  redisUrl?: string;
}

/** The links between the apps and what they depend on. */
export interface SystemLinks {
  apiRedis: TcpProxy;
  /** From the workers to the model. */
  provider: TcpProxy;
  /** From the workers' tools to the api. */
  catalog: TcpProxy;
}

interface SystemParts {
  url: string;
  redis: RedisServer;
  database: TestDatabase;
  /** The suite's own URL for inspecting the database. */
  evidenceUrl: string;
  apiProcess: ManagedProcess;
  simulator: ManagedProcess;
  simulatorUrl: string;
  workerEnvironment: Record<string, string>;
  apiDatabaseUrl: string;
  links: SystemLinks | null;
}

export class System {
  readonly url: string;
  readonly api: GraphqlApi;
  readonly redis: RedisServer;
  readonly database: TestDatabase;
  readonly apiProcess: ManagedProcess;
  readonly workers: ManagedProcess[] = [];
  private readonly otherApis: ManagedProcess[] = [];
  readonly simulatorUrl: string;
  /** The address that the api uses. */
  readonly apiDatabaseUrl: string;
  readonly evidence: RunEvidence;
  private readonly ownLinks: SystemLinks | null;
  private readonly simulator: ManagedProcess;
  private readonly workerEnvironment: Record<string, string>;
  /** Each worker's link to Redis, in a system with links. */
  private readonly workerLinks = new Map<ManagedProcess, TcpProxy>();

  private constructor(parts: SystemParts) {
    this.url = parts.url;
    this.api = new GraphqlApi(parts.url);
    this.redis = parts.redis;
    this.database = parts.database;
    this.apiProcess = parts.apiProcess;
    this.simulatorUrl = parts.simulatorUrl;
    this.simulator = parts.simulator;
    this.workerEnvironment = parts.workerEnvironment;
    this.ownLinks = parts.links;
    this.apiDatabaseUrl = parts.apiDatabaseUrl;
    const { HOLDFAST_REDIS_URL, HOLDFAST_REDIS_CA_FILE, HOLDFAST_REDIS_PREFIX } = parts.workerEnvironment;
    this.evidence = new RunEvidence({
      databaseUrl: parts.evidenceUrl,
      redisUrl: HOLDFAST_REDIS_URL ?? parts.redis.url,
      redisCaFile: HOLDFAST_REDIS_CA_FILE,
      redisPrefix: HOLDFAST_REDIS_PREFIX ? `${HOLDFAST_REDIS_PREFIX}:` : '',
    });
  }

  get links(): SystemLinks {
    if (!this.ownLinks) throw new Error('This system was started without links.');
    return this.ownLinks;
  }

  /** Starts everything and waits until it is ready. */
  static async start(options: SystemOptions = {}): Promise<System> {
    const [database, redis, port, simulatorPort] = await Promise.all([
      options.database ?? createDatabase(),
      RedisServer.start(),
      freePort(),
      freePort(),
    ]);
    const roles = roleUrls(options.appDatabaseUrl ?? database.url);
    await migrate(database.url, roles);

    const evidenceUrl = withSearchPath(database.url, options.appDatabaseUrl);
    const url = `http://127.0.0.1:${port}`;
    const simulatorUrl = `http://127.0.0.1:${simulatorPort}`;
    const shared = {
      HOLDFAST_REDIS_URL: options.redisUrl ?? redis.url,
      HOLDFAST_SERVICE_TOKEN: randomBytes(24).toString('hex'),
      HOLDFAST_HOOK_KEY: randomBytes(24).toString('hex'),
      HOLDFAST_API_URL: url,
      HOLDFAST_PORT: String(port),
      HOLDFAST_WEB_DIR: 'dist/apps/web',
      HOLDFAST_IDE: 'true',
      HOLDFAST_MODEL: 'simulator',
      HOLDFAST_SIMULATED: 'true',
      HOLDFAST_LOG_FORMAT: 'json',
      OPENAI_API_KEY: 'simulator',
      OPENAI_BASE_URL: `${simulatorUrl}/v1`,
      ...options.environment,
    };
    const links = options.links ? await createLinks({ redis: redis.port, api: port, simulator: simulatorPort }) : null;
    const simulator = new ManagedProcess({
      name: 'simulator',
      entry: 'dist/libs/simulator/src/main.js',
      environment: {
        HOLDFAST_SIMULATOR_PORT: String(simulatorPort),
        HOLDFAST_SIMULATOR_TOKENS_PER_SECOND: String(options.tokensPerSecond ?? 0),
        HOLDFAST_SIMULATOR_SEED: '1',
        ...options.environment,
      },
    });
    const apiProcess = new ManagedProcess({
      name: 'api',
      entry: 'dist/apps/api/src/main.js',
      environment: {
        HOLDFAST_DATABASE_URL: roles.api,
        ...shared,
        ...(links && { HOLDFAST_REDIS_URL: links.apiRedis.through(redis.url) }),
        ...options.apiEnvironment,
      },
    });
    const workerEnvironment = {
      HOLDFAST_DATABASE_URL: roles.worker,
      ...shared,
      ...(links && {
        OPENAI_BASE_URL: links.provider.through(`${simulatorUrl}/v1`),
        HOLDFAST_API_URL: links.catalog.through(url),
      }),
    };
    const system = new System({
      url,
      redis,
      database,
      evidenceUrl,
      apiProcess,
      simulator,
      simulatorUrl,
      workerEnvironment,
      apiDatabaseUrl: roles.api,
      links,
    });
    try {
      await Promise.all([simulator.start(), apiProcess.start()]);
      await Promise.all(Array.from({ length: options.workers ?? 1 }, () => system.addWorker()));
      await system.apiIsReady();
    } catch (error) {
      await system.stop();
      throw error;
    }
    return system;
  }

  async apiIsReady(): Promise<void> {
    const answers = async () => (await fetch(`${this.url}/readyz`).catch(() => null))?.ok ?? false;
    await until(answers, 'the api is ready');
  }

  /** The worker that claimed the run last, if it is alive; found by its log and by the epoch in Postgres. */
  async holderOf(runId: string): Promise<ManagedProcess | null> {
    const { epoch } = await this.evidence.run(runId);
    const claims = (line: string) =>
      line.includes('"run claimed"') && line.includes(runId) && line.includes(`"epoch":${epoch},`);
    return this.workers.find((worker) => worker.running && worker.output.split('\n').some(claims)) ?? null;
  }

  /** The workers' log lines about a run. */
  linesAbout(runId: string): string[] {
    return this.workers.flatMap((worker) => worker.output.split('\n').filter((line) => line.includes(runId)));
  }

  /** The link that `npm run admin:link` prints. */
  async administratorLink(): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, ['dist/apps/api/src/account/admin-link.js'], {
      env: { HOLDFAST_DATABASE_URL: this.apiDatabaseUrl, HOLDFAST_PUBLIC_URL: this.url },
    });
    const link = /^ +(http\S+)$/m.exec(stdout)?.[1];
    if (link === undefined) throw new Error(`No link was printed: ${stdout}`);
    return link;
  }

  /**
   * Adds another api; stopped with the system.
   * @param environment added to that of the first api
   */
  async addApi(environment: Record<string, string> = {}): Promise<{ url: string; process: ManagedProcess }> {
    const port = String(await freePort());
    const process = this.apiProcess.sibling('api-2', { ...environment, HOLDFAST_PORT: port });
    this.otherApis.push(process);
    await process.start();
    return { url: `http://127.0.0.1:${port}`, process };
  }

  /** @param environment added to that of all workers */
  async addWorker(environment: Record<string, string> = {}): Promise<ManagedProcess> {
    const link = this.ownLinks && (await TcpProxy.to(this.redis.port));
    const worker = new ManagedProcess({
      name: `worker-${this.workers.length + 1}`,
      entry: 'dist/apps/worker/src/main.js',
      environment: {
        ...this.workerEnvironment,
        ...(link && { HOLDFAST_REDIS_URL: link.through(this.redis.url) }),
        ...environment,
      },
    });
    if (link) this.workerLinks.set(worker, link);
    this.workers.push(worker);
    await worker.start();
    return worker;
  }

  /** The link between this worker and Redis. */
  linkOf(worker: ManagedProcess): TcpProxy {
    const link = this.workerLinks.get(worker);
    if (!link) throw new Error('This system was started without links.');
    return link;
  }

  /** All requests to the model, oldest first. */
  async modelRequests(): Promise<SimulatedRequest[]> {
    const response = await fetch(`${this.simulatorUrl}/simulator/requests`);
    const body = (await response.json()) as SimulatedRequest[] | { requests: SimulatedRequest[] };
    return Array.isArray(body) ? body : body.requests;
  }

  async forgetModelRequests(): Promise<void> {
    await fetch(`${this.simulatorUrl}/simulator/requests`, { method: 'DELETE' });
  }

  /** Ends every process and removes database and folder. */
  async stop(): Promise<void> {
    await this.api.close();
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await Promise.all([this.apiProcess, ...this.otherApis, this.simulator].map((process) => process.stop()));
    await this.redis.stop();
    const links: TcpProxy[] = [...Object.values(this.ownLinks ?? {}), ...this.workerLinks.values()];
    await Promise.all(links.map((link) => link.stop()));
    await this.database.drop();
  }
}

/** Like `npm start`: a superuser creates the roles, the owner role creates the tables. */
async function migrate(adminUrl: string, roles: ReturnType<typeof roleUrls>): Promise<void> {
  await promisify(execFile)(process.execPath, ['dist/libs/persistence/src/migrate.js', 'up'], {
    env: {
      HOLDFAST_DATABASE_ADMIN_URL: adminUrl,
      HOLDFAST_DATABASE_URL: roles.owner,
      HOLDFAST_DATABASE_API_URL: roles.api,
      HOLDFAST_DATABASE_WORKER_URL: roles.worker,
    },
  });
}

/** Suites use unqualified table names, which resolve to the apps' schema. */
function withSearchPath(databaseUrl: string, appDatabaseUrl: string | undefined): string {
  const schema = appDatabaseUrl && new URL(appDatabaseUrl).searchParams.get('schema');
  if (!schema) return databaseUrl;
  const url = new URL(databaseUrl);
  url.searchParams.set('options', `-c search_path=${schema}`);
  return url.href;
}

async function createLinks(ports: { redis: number; api: number; simulator: number }): Promise<SystemLinks> {
  const [apiRedis, provider, catalog] = await Promise.all([
    TcpProxy.to(ports.redis),
    TcpProxy.to(ports.simulator),
    TcpProxy.to(ports.api),
  ]);
  return { apiRedis, provider, catalog };
}
