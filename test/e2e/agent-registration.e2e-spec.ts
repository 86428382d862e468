import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource, runMigrations } from '#libs/persistence';
import { runNode } from '../../tools/node-program.ts';
import { createDatabase, redisUrl, type TestDatabase } from '../support/test-services.ts';
import { until } from '../support/until.ts';

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
  const { ended, output } = runNode(['--input-type=module', '-e', program], settings({ HOLDFAST_LOG_LEVEL: logLevel }));
  return { code: await ended, output: output() };
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
    const { child, ended, output } = runNode(
      ['dist/apps/worker/src/main.js'],
      settings({ OPENAI_API_KEY: 'none', OPENAI_BASE_URL: '' }),
    );
    await until(() => child.exitCode !== null || output().includes('"msg":"worker ready"'), 'the worker is ready');
    child.kill('SIGTERM');
    await ended;
    expect(output()).toContain('"msg":"worker ready"');
    expect(output()).not.toContain('InvalidArgumentError');
  });

  it.each([
    ['two agents of one name', '[...installedAgents, first]', 'Two agents are named "workflow-builder".\n'],
    [
      'an agent that nobody can ask for',
      "[...installedAgents, named('meal-planner')]",
      'No prompt can select these agents: meal-planner.\n',
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
