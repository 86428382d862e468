import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { NodeProgram } from '../node-program.ts';
import { freePort } from '../services/ports.ts';
import { commandLine, readPid, signalProcess } from '../services/process-identity.ts';
import { npmStart, running } from './testing/started-holdfast.ts';

const home = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
const NAMES = ['api', 'worker', 'simulator', 'redis', 'postgres'];
const pidOf = (name: string) => readPid(join(home, 'run', `${name}.pid`)) ?? 0;

const launched: NodeProgram[] = [];
let port: number;

/** The same home and port each time, as for one person on one machine. */
function start(env: Record<string, string> = {}): NodeProgram {
  const started = npmStart({ HOLDFAST_HOME: home, HOLDFAST_PORT: String(port), ...env });
  launched.push(started);
  return started;
}

function instance() {
  return JSON.parse(readFileSync(join(home, 'run', 'instance.json'), 'utf8')) as {
    databaseUrl: string;
    redisUrl: string;
    simulatorPort: number;
  };
}

function canConnect(toPort: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port: toPort, host, timeout: 2_000 });
    const settle = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}

async function ask<T>(query: string, variables: Record<string, unknown>): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return ((await response.json()) as { data: T }).data;
}

/** Queries the embedded Postgres of the instance as its superuser. */
async function superuser(secretsFile: string, statement: string): Promise<unknown[]> {
  const { postgresPassword } = JSON.parse(readFileSync(secretsFile, 'utf8')) as { postgresPassword: string };
  const { port, pathname } = new URL(instance().databaseUrl);
  const client = new Client({
    connectionString: `postgres://holdfast:${postgresPassword}@127.0.0.1:${port}${pathname}`,
  });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

interface StoredWorkflow {
  status: string;
  title: string;
  messages: { nodes: unknown[] };
  graph: { nodes: unknown[] };
}

async function readWorkflow(id: string): Promise<StoredWorkflow> {
  const query = `query ($id: ID!) {
    workflow(id: $id) { status title messages { nodes { id role chunks } } graph { nodes { id type label } } }
  }`;
  return (await ask<{ workflow: StoredWorkflow }>(query, { id })).workflow;
}

async function finishedWorkflow(prompt: string): Promise<string> {
  const mutation = 'mutation ($input: SubmitPromptInput!) { submitPrompt(input: $input) { workflow { id } } }';
  const { submitPrompt } = await ask<{ submitPrompt: { workflow: { id: string } } }>(mutation, { input: { prompt } });
  const { id } = submitPrompt.workflow;
  await vi.waitFor(async () => expect((await readWorkflow(id)).status).toBe('IDLE'), {
    timeout: 60_000,
    interval: 200,
  });
  return id;
}

describe('npm start', () => {
  let first: NodeProgram;

  beforeAll(async () => {
    port = await freePort();
    first = start();
    await running(first, port);
  });

  afterAll(async () => {
    for (const { child, ended } of launched) {
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(home, { recursive: true, force: true });
  });

  it('ends with the address once the api is ready and every process runs', async () => {
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    for (const name of NAMES) expect(commandLine(pidOf(name)), name).toContain(home);
    for (const title of ['Dependencies', 'Redis server', 'Build', 'Postgres', 'Redis', 'Migrations', 'API', 'Worker']) {
      expect(first.output()).toContain(`✓ ${title}`);
    }
  });

  it('keeps what Redis holds on disk', async () => {
    const redis = new Redis(instance().redisUrl);
    expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    redis.disconnect();
  });

  it('connects to the database with roles that are no superusers', async () => {
    const roles = await superuser(
      join(home, 'secrets.json'),
      `SELECT DISTINCT application_name AS app, usename AS role, rolsuper AS superuser
         FROM pg_stat_activity JOIN pg_roles ON rolname = usename WHERE application_name LIKE 'holdfast-%' ORDER BY 1`,
    );
    expect(roles).toEqual([
      { app: 'holdfast-api', role: 'holdfast_api', superuser: false },
      { app: 'holdfast-worker', role: 'holdfast_worker', superuser: false },
      { app: 'holdfast-worker-liveness', role: 'holdfast_worker', superuser: false },
    ]);
  });

  it('lets nobody outside this machine reach its servers', async () => {
    const { databaseUrl, redisUrl, simulatorPort } = instance();
    const ports = [port, simulatorPort, Number(new URL(databaseUrl).port), Number(new URL(redisUrl).port)];
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const listening of ports) {
      expect(await canConnect(listening, '127.0.0.1'), `${listening} on loopback`).toBe(true);
      for (const { address } of outside) {
        expect(await canConnect(listening, address), `${listening} on ${address}`).toBe(false);
      }
    }
  });

  it('keeps its secrets to itself', () => {
    const secrets = JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8')) as Record<string, string>;
    const logs = readdirSync(join(home, 'logs')).map((name) => readFileSync(join(home, 'logs', name), 'utf8'));
    for (const [name, secret] of Object.entries(secrets)) {
      expect(first.output(), name).not.toContain(secret);
      for (const log of logs) expect(log, name).not.toContain(secret);
    }
  });

  it('starts a killed worker again', async () => {
    const killed = pidOf('worker');
    signalProcess(killed, 'SIGKILL');
    await vi.waitFor(
      () => {
        const worker = pidOf('worker');
        expect(worker).not.toBe(killed);
        expect(commandLine(worker)).toContain('apps/worker');
      },
      { timeout: 30_000 },
    );
  });

  it('refuses a home that is in use, and says how to start beside it', async () => {
    const second = start({ HOLDFAST_PORT: String(await freePort()) });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`The folder ${home} is in use by a Holdfast that is running`);
    expect(second.output()).toContain('HOLDFAST_HOME=');
  });

  it('refuses a port that is in use, and names who has it', async () => {
    const other = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
    const second = start({ HOLDFAST_HOME: other });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`Port ${port} on 127.0.0.1 is taken by`);
    expect(second.output()).toContain(`HOLDFAST_PORT=${port + 1} npm start`);
    rmSync(other, { recursive: true });
  });

  it('leaves nothing behind after SIGINT', async () => {
    const pids = NAMES.map(pidOf);
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
    for (const pid of pids) expect(commandLine(pid)).toBeUndefined();
    expect(readdirSync(join(home, 'run'))).toEqual([]);
  });

  it('starts again on the same data after it was killed together with its launcher, and after an older version', async () => {
    const victim = start();
    await running(victim, port);
    const workflowId = await finishedWorkflow('Every Monday at 9, post the open invoices to #finance in Slack.');
    const before = await readWorkflow(workflowId);
    const postgres = pidOf('postgres');
    victim.child.kill('SIGKILL');
    signalProcess(pidOf('holdfast'), 'SIGKILL');
    await victim.ended;
    const next = start();
    await running(next, port);
    expect(next.output()).toContain('ended what an interrupted run had left behind');
    expect(commandLine(postgres)).toBeUndefined();
    expect(before.graph.nodes.length).toBeGreaterThan(1);
    expect(await readWorkflow(workflowId)).toEqual(before);

    // The state that a version before the three roles left: the superuser owns everything.
    const file = join(home, 'secrets.json');
    await superuser(file, 'REASSIGN OWNED BY holdfast_owner TO holdfast');
    next.child.kill('SIGTERM');
    await next.ended;
    const { postgresPassword, serviceToken } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    writeFileSync(file, JSON.stringify({ postgresPassword, serviceToken }));
    const upgraded = start();
    await running(upgraded, port);
    expect(await readWorkflow(workflowId)).toEqual(before);
    await finishedWorkflow('Every Monday at 9, post the open invoices to #finance in Slack.');
    expect(
      await superuser(
        file,
        `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace = 'holdfast'::regnamespace`,
      ),
    ).toEqual([{ owner: 'holdfast_owner' }]);
    upgraded.child.kill('SIGTERM');
    await upgraded.ended;
  });
});
