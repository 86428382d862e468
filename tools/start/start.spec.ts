import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../services/ports.ts';
import { commandLine, readPid, signalProcess } from '../services/process-identity.ts';

const home = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
const NAMES = ['api', 'worker', 'simulator', 'redis', 'postgres'];
const pidOf = (name: string) => readPid(join(home, 'run', `${name}.pid`)) ?? 0;

interface Started {
  child: ChildProcess;
  output(): string;
  ended: Promise<number | null>;
}
const launched: Started[] = [];
let port: number;

function npmStart(env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, ['tools/bootstrap.mjs', 'start'], {
    env: { PATH: process.env.PATH, HOLDFAST_TEST_RUN: process.env.HOLDFAST_TEST_RUN, ...homeAndPort(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (bytes) => {
    output += bytes;
  });
  child.stderr.on('data', (bytes) => {
    output += bytes;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const started = { child, output: () => output, ended };
  launched.push(started);
  return started;
}

function homeAndPort() {
  return { HOLDFAST_HOME: home, HOLDFAST_PORT: String(port) };
}

async function running(started: Started): Promise<void> {
  const announced = vi.waitFor(
    () => expect(started.output()).toContain(`Holdfast is running:  http://127.0.0.1:${port}/`),
    {
      timeout: 120_000,
      interval: 100,
    },
  );
  const failed = started.ended.then(() => {
    throw new Error(`npm start ended:\n${started.output()}`);
  });
  await Promise.race([announced, failed]);
}

describe('npm start', () => {
  let first: Started;

  beforeAll(async () => {
    port = await freePort();
    first = npmStart();
    await running(first);
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

  it('keeps its secrets to itself', () => {
    const { postgresPassword } = JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8')) as Record<string, string>;
    expect(first.output()).not.toContain(postgresPassword);
  });

  it('starts a killed worker again', async () => {
    const killed = pidOf('worker');
    signalProcess(killed, 'SIGKILL');
    await vi.waitFor(() => expect(pidOf('worker')).not.toBe(killed), { timeout: 10_000 });
    expect(commandLine(pidOf('worker'))).toContain('apps/worker');
  });

  it('refuses a home that is in use, and says how to start beside it', async () => {
    const second = npmStart({ HOLDFAST_PORT: String(await freePort()) });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`The folder ${home} is in use by a Holdfast that is running`);
    expect(second.output()).toContain('HOLDFAST_HOME=');
  });

  it('refuses a port that is in use, and names who has it', async () => {
    const other = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
    const second = npmStart({ HOLDFAST_HOME: other });
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

  it('starts again on the same data after it was killed together with its launcher', async () => {
    const victim = npmStart();
    await running(victim);
    const postgres = pidOf('postgres');
    victim.child.kill('SIGKILL');
    signalProcess(pidOf('holdfast'), 'SIGKILL');
    await victim.ended;
    const next = npmStart();
    await running(next);
    expect(next.output()).toContain('ended what an interrupted run had left behind');
    expect(commandLine(postgres)).toBeUndefined();
    next.child.kill('SIGTERM');
    await next.ended;
  });
});
