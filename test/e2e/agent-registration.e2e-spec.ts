import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource, runMigrations } from '#libs/persistence';
import { createDatabase, redisUrl, type TestDatabase } from '../support/test-services.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  const dataSource = createDataSource({ databaseUrl: database.url, applicationName: 'holdfast-test' });
  await dataSource.initialize();
  await runMigrations(dataSource);
  await dataSource.destroy();
});
afterAll(() => database?.drop());

const built = (file: string) => JSON.stringify(pathToFileURL(`dist/apps/worker/src/${file}`).href);

const settings = (others: Record<string, string>) => ({
  PATH: process.env.PATH,
  HOLDFAST_DATABASE_URL: database.url,
  HOLDFAST_REDIS_URL: redisUrl(),
  HOLDFAST_SERVICE_TOKEN: 'the-token-of-the-suite',
  HOLDFAST_HOOK_KEY: 'the-hook-key-of-the-suite',
  ...others,
});

/** A worker with other agents than those of the product; ends itself as soon as it is ready. */
async function startWorker(agents: string, logLevel = 'silent') {
  const program = `
    const { startWorker } = await import(${built('start-worker.js')});
    const { installedAgents } = await import(${built('agents/installed-agents.js')});
    const [first, ...others] = installedAgents;
    const named = (name) => () => ({ name, run: async () => undefined });
    await startWorker(${agents});
    console.log('the worker is ready');
    process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: settings({ HOLDFAST_LOG_LEVEL: logLevel }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (bytes: Buffer) => {
    output += bytes;
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

describe('a worker', () => {
  it('starts with the agents that can be asked for', async () => {
    expect(await startWorker('installedAgents')).toMatchObject({
      code: 0,
      output: expect.stringContaining('the worker is ready'),
    });
  });

  it('logs that it is ready, and which model it asks', async () => {
    const { output } = await startWorker('installedAgents', 'info');
    const lines = output.split('\n').filter((line) => line.startsWith('{'));
    const messages = lines.map((line) => JSON.parse(line));
    expect(messages).toContainEqual(expect.objectContaining({ msg: 'worker ready', model: expect.any(String) }));
  });

  it('starts with an empty address of the model, as Docker Compose hands one over', async () => {
    const child = spawn(process.execPath, ['dist/apps/worker/src/main.js'], {
      env: settings({ OPENAI_API_KEY: 'none', OPENAI_BASE_URL: '' }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        output += bytes;
        if (output.includes('"msg":"worker ready"')) child.kill('SIGTERM');
      });
    }
    await ended;
    expect(output).toContain('"msg":"worker ready"');
    expect(output).not.toContain('InvalidArgumentError');
  });

  it.each([
    ['two agents of one name', '[...installedAgents, first]', 'Two agents are named "workflow-builder".\n'],
    [
      'an agent that nobody can ask for',
      "[...installedAgents, named('meal-planner')]",
      'Nobody can ask for these agents: meal-planner.\n',
    ],
    ['an agent missing', 'others', 'No agent is installed for: workflow-builder.\n'],
  ])('with %s ends with a sentence and nothing else', async (_, agents, sentence) => {
    expect(await startWorker(agents)).toEqual({ code: 1, output: sentence });
  });

  it('with settings that do not fit ends with a sentence for each', async () => {
    const { code, output } = await startWorker('(process.env.OPENAI_BASE_URL = "ollama", installedAgents)');
    expect(code).toBe(1);
    expect(output).toMatch(/OPENAI_BASE_URL: must be an address that starts with http:\/\//);
    expect(output).not.toMatch(/^\s+at /m);
  });
});
